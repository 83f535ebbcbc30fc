"""Both sides of C-core, the implementation under Python, C++, Ruby and PHP, for the tests of HPACK.

`server`: prints its port. A request is a JSON list of pairs, which come back as trailing metadata; the response is the JSON list of
the metadata that the server has received. `client PORT`: reads lines, each a JSON list of pairs, calls with them as metadata, and
prints a JSON list: code, initial metadata, trailing metadata. Either ends when its standard input does.
"""

import json
import sys
from concurrent import futures

import grpc

METHOD = "/test.Echo/Say"


def pairs(metadata):
    return [[key, value] for key, value in metadata or ()]


def say(request, context):
    context.set_trailing_metadata([tuple(pair) for pair in json.loads(request)])
    return json.dumps(pairs(context.invocation_metadata())).encode()


class Handler(grpc.GenericRpcHandler):
    def service(self, call):
        return grpc.unary_unary_rpc_method_handler(say)


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1), handlers=[Handler()])
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(0)


def call(port):
    with grpc.insecure_channel("127.0.0.1:" + port) as channel:
        method = channel.unary_unary(METHOD)
        for line in sys.stdin:
            _, outcome = method.with_call(b"", metadata=[tuple(pair) for pair in json.loads(line)], timeout=30)
            print(
                json.dumps([outcome.code().name, pairs(outcome.initial_metadata()), pairs(outcome.trailing_metadata())]),
                flush=True,
            )


if sys.argv[1] == "server":
    serve()
else:
    call(sys.argv[2])

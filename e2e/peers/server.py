"""A gRPC server on C-core, the implementation under Python, C++, Ruby and PHP. It answers test.Echo for the tests of e2e.

Options are one JSON object in the first argument: `args` are C-core's channel arguments, `compress` turns gzip on. The port is
the first line of the output. The server ends when its standard input does.
"""

import json
import sys
from concurrent import futures

import grpc
from string_value import string_value, text_of

TRAILERS = (("x-words", "one"), ("x-bytes-bin", b"\x00\xff"), ("x-bytes-bin", b"\x01"))


def unary(request, context):
    """Echoes, or does what the text names."""
    text = text_of(request)
    if text == "deadline":
        remaining = context.time_remaining()
        return string_value("none" if remaining is None else str(round(remaining)))
    if text == "metadata":
        context.set_trailing_metadata(TRAILERS)
        seen = [[key, value.hex() if isinstance(value, bytes) else value] for key, value in context.invocation_metadata()]
        return string_value(json.dumps([pair for pair in seen if pair[0].startswith("x-")]))
    if text == "fail":
        context.set_trailing_metadata(TRAILERS)
        context.abort(grpc.StatusCode.NOT_FOUND, "no café 文\n100%")
    if text.startswith("long "):
        return string_value("x" * int(text[5:]))
    return request


def server_stream(request, context):
    """`N`: N messages. `N then fail`: the same, then ABORTED."""
    count, _, end = text_of(request).partition(" ")
    for number in range(int(count)):
        yield string_value(str(number))
    if end:
        context.abort(grpc.StatusCode.ABORTED, "as asked")


def client_stream(requests, context):
    return string_value(",".join(text_of(request) for request in requests))


def bidi(requests, context):
    yield from requests


HANDLERS = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "ServerStream": grpc.unary_stream_rpc_method_handler(server_stream),
    "ClientStream": grpc.stream_unary_rpc_method_handler(client_stream),
    "Bidi": grpc.stream_stream_rpc_method_handler(bidi),
}


def main():
    options = json.loads(sys.argv[1])
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=32),
        options=list(options.get("args", {}).items()),
        compression=grpc.Compression.Gzip if options.get("compress") else None,
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", HANDLERS),))
    port = server.add_insecure_port(options.get("address", "127.0.0.1:0"))
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(0)


main()

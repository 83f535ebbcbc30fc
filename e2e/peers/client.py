"""A gRPC client on C-core. It makes one call to test.Echo for each line of its standard input, and writes a line of JSON each.

A line is a JSON object: `method`, `requests` (texts), `timeout` in seconds, `metadata` (pairs; binary values as hex),
`compress`, and `cancel_after`, a number of messages. The answer has `messages`, `code`, `details` and `trailers`. `repeat` makes
the call that many times, one after the other, and answers how often each code came. Arguments: the target, and C-core's
channel arguments as one JSON object.
"""

import json
import sys
from collections import Counter

import grpc
from string_value import string_value, text_of

KINDS = {"Unary": "unary_unary", "ServerStream": "unary_stream", "ClientStream": "stream_unary", "Bidi": "stream_stream"}


def pairs(items):
    return [[key, value.hex() if isinstance(value, bytes) else value] for key, value in items or ()]


def run(channel, call):
    method = call["method"]
    service = call.get("service", "test.Echo")
    kind = KINDS[method]
    requests = [string_value(text) for text in call.get("requests", [""])]
    metadata = [
        (key, bytes.fromhex(value) if key.endswith("-bin") else value) for key, value in call.get("metadata", ())
    ]
    compression = grpc.Compression.Gzip if call.get("compress") else None
    options = {"timeout": call.get("timeout", 10), "metadata": metadata, "compression": compression}
    function = getattr(channel, kind)(f"/{service}/{method}")
    argument = iter(requests) if kind.startswith("stream") else requests[0]
    messages = []
    try:
        if kind.endswith("unary"):
            response, ended = function.with_call(argument, **options)
            messages.append(text_of(response))
        else:
            ended = function(argument, **options)
            for response in ended:
                messages.append(text_of(response))
                if len(messages) == call.get("cancel_after"):
                    ended.cancel()
        return {"messages": messages, "code": ended.code().name, "details": ended.details(), "trailers": pairs(ended.trailing_metadata())}
    except grpc.RpcError as error:
        return {
            "messages": messages,
            "code": error.code().name,
            "details": error.details(),
            "trailers": pairs(error.trailing_metadata()),
        }


def main():
    with grpc.insecure_channel(sys.argv[1], options=list(json.loads(sys.argv[2]).items())) as channel:
        for line in sys.stdin:
            call = json.loads(line)
            times = call.pop("repeat", None)
            if times is None:
                answer = run(channel, call)
            else:
                answer = Counter(run(channel, call)["code"] for _ in range(times))
            print(json.dumps(answer), flush=True)


main()

"""grpc.testing.TestService on C-core, for the interoperability cases of e2e/compatibility. Its messages are read and written here,
since the distribution has no generated code for them. The port is the first line of the output; the server ends when its standard
input does.
"""

import sys
from concurrent import futures

import grpc

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
LIMITS = [("grpc.max_receive_message_length", 16 << 20), ("grpc.max_send_message_length", -1)]


def varint(number):
    """Base 128, as protobuf writes it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def fields(data):
    """Field numbers with their values: numbers, and bytes for what has a length."""
    found, at = [], 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        else:
            length, at = read_varint(data, at)
            value = data[at : at + length]
            at += length
        found.append((tag >> 3, value))
    return found


def one(data, number, default):
    return next((value for field, value in fields(data) if field == number), default)


def message(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def payload(size):
    """Field 1 of a response: a Payload of that many zeros."""
    return message(1, message(2, bytes(size)) if size else b"")


def fail_as_asked(request, context):
    status = one(request, 7, None)
    if status is not None:
        code = next(each for each in grpc.StatusCode if each.value[0] == one(status, 1, 0))
        context.abort(code, one(status, 2, b"").decode())


def echo_metadata(context):
    metadata = context.invocation_metadata()
    initial = tuple(pair for pair in metadata if pair[0] == INITIAL)
    if initial:
        context.send_initial_metadata(initial)
    context.set_trailing_metadata(tuple(pair for pair in metadata if pair[0] == TRAILING))


def compress(request, number, context):
    """Sets gzip for the response, when the field says so."""
    if one(one(request, number, b""), 1, 0):
        context.set_compression(grpc.Compression.Gzip)


def empty_call(request, context):
    return b""


def unary_call(request, context):
    compress(request, 6, context)
    echo_metadata(context)
    fail_as_asked(request, context)
    return payload(one(request, 2, 0))


def responses(request):
    for number, parameters in fields(request):
        if number == 2:
            yield payload(one(parameters, 1, 0))


def streaming_output_call(request, context):
    context.set_compression(grpc.Compression.Gzip)
    yield from responses(request)


def streaming_input_call(requests, context):
    size = sum(len(one(one(request, 1, b""), 2, b"")) for request in requests)
    return varint(1 << 3) + varint(size)


def full_duplex_call(requests, context):
    echo_metadata(context)
    for request in requests:
        fail_as_asked(request, context)
        yield from responses(request)


HANDLERS = {
    "EmptyCall": grpc.unary_unary_rpc_method_handler(empty_call),
    "UnaryCall": grpc.unary_unary_rpc_method_handler(unary_call),
    "StreamingOutputCall": grpc.unary_stream_rpc_method_handler(streaming_output_call),
    "StreamingInputCall": grpc.stream_unary_rpc_method_handler(streaming_input_call),
    "FullDuplexCall": grpc.stream_stream_rpc_method_handler(full_duplex_call),
}


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=96), options=LIMITS)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.testing.TestService", HANDLERS),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(0)


main()

"""google.protobuf.StringValue by hand: the one field of this message is field 1, a length and UTF-8. No generated code is needed."""


def string_value(text):
    data = text.encode()
    size = len(data)
    head = bytes([0x0A])
    while size >= 0x80:
        head += bytes([size & 0x7F | 0x80])
        size >>= 7
    return head + bytes([size]) + data


def text_of(message):
    position = 1
    while position < len(message) and message[position] & 0x80:
        position += 1
    return message[position + 1 :].decode()

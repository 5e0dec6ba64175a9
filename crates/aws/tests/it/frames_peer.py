"""Prints messages of event streams, one JSON object a line: {bytes, headers, payload}, or {bytes} for one that is damaged.

Each is read by botocore's own parser first: what it reads is what is expected, and what it refuses must be refused. Bytes are
in base64; a header is [name, kind, value].
"""

import base64
import binascii
import json
import random
import struct
import uuid

from botocore.eventstream import EventStreamBuffer

RANDOM = random.Random(7)


def header():
    number = lambda bits: RANDOM.randrange(-(1 << bits - 1), 1 << bits - 1)  # noqa: E731
    text = ''.join(RANDOM.choice('abc äöü€𝄞\x00"') for _ in range(RANDOM.randrange(30)))
    data = RANDOM.randbytes(RANDOM.randrange(40))
    return RANDOM.choice([
        (b'\x00', 'boolean', True),
        (b'\x01', 'boolean', False),
        *((bytes([kind]) + (n := number(bits)).to_bytes(bits // 8, 'big', signed=True), 'integer', n) for kind, bits in ((2, 8), (3, 16), (4, 32), (5, 64))),
        (b'\x06' + struct.pack('!H', len(data)) + data, 'bytes', base64.b64encode(data).decode()),
        (b'\x07' + struct.pack('!H', len(text.encode())) + text.encode(), 'string', text),
        (b'\x08' + struct.pack('!q', n := number(40)), 'timestamp', n),
        (b'\x09' + (u := uuid.UUID(bytes=RANDOM.randbytes(16))).bytes, 'bytes', base64.b64encode(u.bytes).decode()),
    ])  # fmt: skip


def message():
    headers, encoded = [], b''
    for number in range(RANDOM.randrange(8)):
        name = f':header-{number}' * RANDOM.randrange(1, 4)
        raw, kind, value = header()
        encoded += bytes([len(name)]) + name.encode() + raw
        headers.append([name, kind, value])
    payload = RANDOM.randbytes(RANDOM.choice([0, 1, 17, 3000]))
    prelude = struct.pack('!II', 16 + len(encoded) + len(payload), len(encoded))
    start = prelude + struct.pack('!I', binascii.crc32(prelude)) + encoded + payload
    return start + struct.pack('!I', binascii.crc32(start)), headers, payload


def read(data):
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def main():
    for number in range(2000):
        data, headers, payload = message()
        if number % 4 == 3:
            at = RANDOM.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ 1 << RANDOM.randrange(8)]) + data[at + 1 :]
            try:
                whole = len(read(data)) == 1
            except Exception:
                whole = False
            assert not whole, 'a damaged message was read'
            print(json.dumps({'bytes': base64.b64encode(data).decode()}))
            continue
        (event,) = read(data)
        assert event.payload == payload and list(event.headers) == [name for name, *_ in headers]
        line = {'bytes': data, 'headers': headers, 'payload': payload}
        print(json.dumps(line, default=lambda data: base64.b64encode(data).decode()))


if __name__ == '__main__':
    main()

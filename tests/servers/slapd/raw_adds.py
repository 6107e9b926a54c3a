#!/usr/bin/env python3
"""raw_adds.py HOST PORT NAME PASSWORD CONTAINER NUMBER

Adds contacts as fast as the server takes them: requests that are written beforehand, 64 of them under way on one
connection, replies only counted. What remains is the server's own speed.
"""

import socket
import sys
import time

UNDER_WAY = 64


def element(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def text(value):
    return element(0x04, value.encode("utf-8"))


def message(number, operation):
    return element(0x30, element(0x02, number.to_bytes(4, "big")), operation)


def add(number, container):
    name, address = f"Raw {number}", f"raw{number}@bench.example"
    attributes = {
        "objectClass": ["top", "person", "organizationalPerson", "contact"], "cn": [name], "displayName": [name],
        "mail": [address], "proxyAddresses": [f"SMTP:{address}"], "telephoneNumber": [f"+1 555 {number}"],
    }
    values = (element(0x30, text(key), element(0x31, *map(text, values))) for key, values in attributes.items())
    return message(number + 2, element(0x68, text(f"CN={name},{container}"), element(0x30, *values)))


def main(host, port, name, password, container, number):
    requests = [add(one, container) for one in range(int(number))]
    server = socket.create_connection((host, int(port)))
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.sendall(message(1, element(0x60, element(0x02, b"\x03"), text(name), element(0x80, password.encode()))))
    if b"\x0a\x01\x00" not in server.recv(4096):
        sys.exit("raw_adds: the server takes no name")
    began, sent, done, refused, rest = time.monotonic(), 0, 0, 0, b""
    while done < len(requests):
        ahead = requests[sent : done + UNDER_WAY]
        server.sendall(b"".join(ahead))
        sent += len(ahead)
        rest += server.recv(65536)
        # Replies are short: one octet of length.
        while len(rest) > 1 and len(rest) >= 2 + rest[1]:
            refused += b"\x0a\x01\x00" not in rest[: 2 + rest[1]]
            rest = rest[2 + rest[1] :]
            done += 1
    seconds = time.monotonic() - began
    print(f"{'raw adds':<16} {done - refused:8} in {seconds:7.2f} s, {done / seconds:9.0f} a second")
    sys.exit(f"raw_adds: {refused} refused" if refused else 0)


if __name__ == "__main__":
    main(*sys.argv[1:7])

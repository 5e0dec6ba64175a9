"""Compares whole requests, one JSON object a line on standard input, with those that botocore's clients send.

A line: {service, operation, protocol, region, fips, dualstack, input, ours: {method, url, headers, body, signing} or {error}}.
The values of inputs are those of botocore_peer.py. Nothing is sent: every client is stopped before its socket.
Prints one line a difference, then {"compared": n, "refused by both": n, "explained": {reason: n}, "differences": n}.
"""

import base64
import collections
import hashlib
import json
import logging
import os
import sys
import urllib.parse
import zlib

os.environ.update(AWS_STS_REGIONAL_ENDPOINTS='regional', AWS_CONFIG_FILE='/nonexistent', AWS_SHARED_CREDENTIALS_FILE='/nonexistent')

import botocore.session  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore_peer import same_body, same_pairs, same_text, service_model, value_of  # noqa: E402

SESSION = botocore.session.Session()
CLIENTS = {}
# Of the connection, the attempt and the signature, which say nothing of the call.
NOT_COMPARED = {
    'accept-encoding', 'amz-sdk-invocation-id', 'amz-sdk-request', 'authorization', 'connection', 'content-length', 'date',
    'expect', 'host', 'user-agent', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token', 'x-amz-user-agent',
    'x-amzn-trace-id', 'x-amz-api-version', 'transfer-encoding',
}  # fmt: skip


class Sent(Exception):
    def __init__(self, request):
        self.request = request


def stop(request, **_):
    raise Sent(request)


def client(service, region, fips, dualstack):
    key = (service, region, fips, dualstack)
    if key not in CLIENTS:
        # Clients are large; lines come service by service.
        if CLIENTS and next(iter(CLIENTS))[0] != service:
            CLIENTS.clear()
        made = SESSION.create_client(
            service, region_name=region, aws_access_key_id='AKIDEXAMPLE', aws_secret_access_key='secret',
            config=Config(
                parameter_validation=False, retries={'total_max_attempts': 1},
                s3={'us_east_1_regional_endpoint': 'regional'}, use_fips_endpoint=fips, use_dualstack_endpoint=dualstack,
            ),
        )  # fmt: skip
        made.meta.events.register('before-send', stop)
        CLIENTS[key] = made
    return CLIENTS[key]


def chunks(body):
    """The bytes and the trailer of a body in chunks."""
    data, trailer = b'', {}
    while body:
        size, _, body = body.partition(b'\r\n')
        length = int(size.split(b';')[0], 16)
        if length == 0:
            for line in body.split(b'\r\n'):
                name, colon, value = line.partition(b':')
                if colon:
                    trailer[name.decode().lower()] = value.decode().strip()
            return data, trailer
        data, body = data + body[:length], body[length + 2 :]
    return data, trailer


def body_of(request):
    body = request.body
    if body is None:
        return b''
    if hasattr(body, 'read'):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body)


def explained(line, error):
    """Why a difference is meant to be; None where it is not."""
    if error is not None and 'signature of the kind' in error:
        return 'other signatures than SigV4 are refused, with the reason'
    if error is not None and 'DescribeEndpoints' in error:
        return 'services that tell where to call them are refused, with the reason'
    return None


def checksum(name, body):
    """The checksum of a body by the name of its header."""
    kind = name.removeprefix('x-amz-checksum-')
    if kind == 'crc32':
        return base64.b64encode(zlib.crc32(body).to_bytes(4, 'big')).decode()
    return base64.b64encode(hashlib.new(kind, body).digest()).decode() if kind in ('sha1', 'sha256') else None


def differences(line, request):
    ours, operation = line['ours'], service_model(line['service']).operation_model(line['operation'])
    if request.method != ours['method']:
        yield 'method', request.method, ours['method']
    theirs_url, our_url = urllib.parse.urlsplit(request.url), urllib.parse.urlsplit(ours['url'])
    if theirs_url[:2] != our_url[:2]:
        yield 'host', theirs_url[:2], our_url[:2]
    if (theirs_url.path or '/') != (our_url.path or '/'):
        yield 'path', theirs_url.path, our_url.path
    pairs = lambda url: urllib.parse.parse_qsl(url.query, keep_blank_values=True)  # noqa: E731
    if not same_pairs(pairs(theirs_url), pairs(our_url)):
        yield 'query', pairs(theirs_url), pairs(our_url)
    headers = {
        name.lower(): value.decode('latin-1') if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    body = body_of(request)
    if 'x-amz-trailer' in headers:
        # The same checksum, said after the body there and before it here.
        body, trailer = chunks(body)
        headers.update(trailer)
        for name in ('x-amz-trailer', 'x-amz-decoded-content-length'):
            headers.pop(name, None)
        encoding = [part for part in headers.get('content-encoding', '').split(',') if part.strip() and part.strip() != 'aws-chunked']
        headers.pop('content-encoding', None)
        if encoding:
            headers['content-encoding'] = ','.join(encoding)
    if headers.get('content-encoding') == 'gzip' and 'content-encoding' not in ours['headers']:
        body = zlib.decompress(body, 31)
        headers.pop('content-encoding')
    for name in sorted(set(headers) | set(ours['headers'])):
        if name in NOT_COMPARED or (name == 'content-type' and line['protocol'] == 'rest-xml' and name not in headers):
            continue
        if name.startswith('x-amz-checksum-') and name in headers and headers[name] == checksum(name, body):
            # The same document may be written in other bytes, which have their own checksum.
            headers[name] = checksum(name, base64.b64decode(ours['body']))
        if not same_text(headers.get(name), ours['headers'].get(name)):
            yield 'header ' + name, headers.get(name), ours['headers'].get(name)
    our_body = base64.b64decode(ours['body'])
    if line['protocol'] in ('query', 'ec2'):
        form = lambda text: urllib.parse.parse_qsl(text.decode(), keep_blank_values=True)  # noqa: E731
        if not same_pairs(form(body), form(our_body)):
            yield 'body', form(body), form(our_body)
    elif not same_body(line['protocol'], body, our_body):
        yield 'body', body, our_body
    scope = headers.get('authorization', '').partition('Credential=')[2].partition(',')[0].split('/')
    if len(scope) == 5 and [scope[3], scope[2]] != ours['signing'] and operation.auth_type != 'none':
        yield 'signed for', [scope[3], scope[2]], ours['signing']


def main():
    logging.disable(logging.CRITICAL)
    compared = refused = different = 0
    reasons = collections.Counter()
    for text in sys.stdin:
        line = json.loads(text)
        operation = service_model(line['service']).operation_model(line['operation'])
        request = error = None
        try:
            made = client(line['service'], line['region'], line['fips'], line['dualstack'])
            made._make_api_call(line['operation'], value_of(line['input'], operation.input_shape))
        except Sent as sent:
            request = sent.request
        except Exception as problem:
            error = f'{type(problem).__name__}: {problem}'
        compared += 1
        our_error = line['ours'].get('error')
        if our_error is not None and request is None:
            refused += 1
            continue
        reason = explained(line, our_error)
        if reason is not None:
            reasons[reason] += 1
            continue
        if our_error is not None or request is None:
            found = [('refusal', error or request.url, our_error or line['ours']['url'])]
        else:
            found = list(differences(line, request))
        # The address is one Region's, and the endpoint rules name no other to sign for.
        of_region = line['region'] in urllib.parse.urlsplit(line['ours'].get('url', '')).netloc.split('.')
        if of_region and (line['service'] == 'health' or line['fips'] or line['dualstack']) and [what for what, _, _ in found] == ['signed for']:
            reasons['the address of a Region is signed for that Region'] += 1
            continue
        for what, theirs, ours in found:
            different += 1
            if different <= 400:
                name = '{}.{} ({})'.format(line['service'], line['operation'], line['protocol'])
                print('{}: {}: botocore {!r:.500} ours {!r:.500}'.format(name, what, theirs, ours))
    print(json.dumps({'compared': compared, 'refused by both': refused, 'explained': reasons, 'differences': different}))


if __name__ == '__main__':
    main()

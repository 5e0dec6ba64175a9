"""Compares requests and responses, one JSON object a line on standard input, with what botocore makes of them.

A line: {service, operation, protocol, input, request: {method, target, headers, body, host_prefix},
output, response: {status, headers, body}, fault: {code, message, status, headers, body}}; bodies in base64.
Values: plain JSON for text, numbers, truth values and lists; {"m": {}} a structure or map, {"b": base64} bytes,
{"t": seconds} a time, {"f": text} a floating-point number, {"d": any} a document.
Prints one line a difference, then {"compared": n, "differences": n}.
"""

import base64
import datetime
import json
import math
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
from botocore.awsrequest import HeadersDict
from botocore.utils import is_json_value_header

LOADER = botocore.loaders.Loader()
MODELS = {}


def service_model(name):
    if name not in MODELS:
        MODELS[name] = botocore.model.ServiceModel(LOADER.load_service_model(name, 'service-2'), name)
    return MODELS[name]


def value_of(tagged, shape=None):
    """The Python value that a caller of boto3 would give."""
    if isinstance(tagged, list):
        inner = getattr(shape, 'member', None)
        return [value_of(item, inner) for item in tagged]
    if isinstance(tagged, str) and shape is not None and is_json_value_header(shape):
        return json.loads(tagged)
    if not isinstance(tagged, dict):
        return tagged
    (kind, inner), = tagged.items()
    if kind == 'm':
        members = getattr(shape, 'members', None) if shape is not None and shape.type_name == 'structure' else None
        value_shape = getattr(shape, 'value', None) if members is None else None
        return {k: value_of(v, members.get(k) if members is not None else value_shape) for k, v in inner.items()}
    if kind == 'b':
        return base64.b64decode(inner)
    if kind == 't':
        return datetime.datetime.fromtimestamp(inner, datetime.timezone.utc)
    if kind == 'f':
        return float(inner)
    if kind == 'd':
        return inner
    raise ValueError(kind)


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, datetime.datetime) and isinstance(b, datetime.datetime):
        return a == b
    if isinstance(a, bytes) and isinstance(b, str):
        return a == b.encode()
    return type(a) is type(b) and a == b


def same_text(a, b):
    """Texts of forms and queries; numbers by their value."""
    a, b = str(a), str(b)
    if a == b:
        return True
    try:
        return float(a) == float(b)
    except ValueError:
        return False


def same_pairs(theirs, ours):
    key = lambda pair: pair[0]
    theirs, ours = sorted(theirs, key=key), sorted(ours, key=key)
    return len(theirs) == len(ours) and all(
        a[0] == b[0] and same_text(a[1], b[1]) for a, b in zip(theirs, ours)
    )


def tree(element):
    text = element.text or ''
    return (element.tag, sorted(element.attrib.items()), '' if len(element) else text, [tree(e) for e in element])


def same_tree(a, b):
    return (a[0] == b[0] and a[1] == b[1] and same_text(a[2], b[2]) and len(a[3]) == len(b[3])
            and all(same_tree(x, y) for x, y in zip(a[3], b[3])))


def same_body(protocol, theirs, ours):
    if isinstance(theirs, dict):
        pairs = urllib.parse.parse_qsl(ours.decode(), keep_blank_values=True, strict_parsing=True)
        return same_pairs([(k, v) for k, v in theirs.items()], pairs)
    if isinstance(theirs, str):
        theirs = theirs.encode()
    if theirs == ours:
        return True
    if protocol in ('json', 'rest-json'):
        try:
            return same(json.loads(theirs), json.loads(ours))
        except ValueError:
            return False
    if protocol == 'rest-xml':
        try:
            return same_tree(tree(ElementTree.fromstring(theirs)), tree(ElementTree.fromstring(ours)))
        except ElementTree.ParseError:
            return False
    return False


def request_differences(line, operation):
    params = value_of(line['input'], operation.input_shape)
    serializer = botocore.serialize.create_serializer(line['protocol'], include_validation=False)
    theirs = serializer.serialize_to_request(params, operation)
    ours = line['request']
    if theirs['method'] != ours['method']:
        yield 'method', theirs['method'], ours['method']
    their_path, _, their_query = theirs['url_path'].partition('?')
    our_path, _, our_query = ours['target'].partition('?')
    if their_path != our_path:
        yield 'path', their_path, our_path
    pairs = urllib.parse.parse_qsl(their_query, keep_blank_values=True)
    for name, value in (theirs['query_string'] or {}).items():
        pairs.extend((name, item) for item in (value if isinstance(value, list) else [value]))
    our_pairs = urllib.parse.parse_qsl(our_query, keep_blank_values=True)
    if not same_pairs(pairs, our_pairs):
        yield 'query', pairs, our_pairs
    their_headers = {name.lower(): str(value) for name, value in theirs['headers'].items()}
    for name, value in their_headers.items():
        if not same_text(value, ours['headers'].get(name)):
            yield 'header ' + name, value, ours['headers'].get(name)
    extra = set(ours['headers']) - set(their_headers)
    if line['protocol'] == 'rest-xml':
        # botocore says nothing of the type of XML; the protocol asks for it.
        extra.discard('content-type')
    if extra:
        yield 'more headers', None, sorted(extra)
    if theirs.get('host_prefix') != ours['host_prefix']:
        yield 'host prefix', theirs.get('host_prefix'), ours['host_prefix']
    body = base64.b64decode(ours['body'])
    if not same_body(line['protocol'], theirs['body'], body):
        yield 'body', theirs['body'], body


def parse(line, part, shape):
    parser = botocore.parsers.create_parser(line['protocol'])
    response = {
        'status_code': part['status'],
        'headers': HeadersDict(part['headers']),
        'body': base64.b64decode(part['body']),
        'context': {},
    }
    return parser.parse(response, shape)


def response_differences(line, operation):
    parsed = parse(line, line['response'], operation.output_shape)
    metadata = parsed.pop('ResponseMetadata', {})
    if operation.output_shape is None:
        parsed = {}
    elif not metadata.get('RequestId'):
        yield 'request id', metadata, None
    # botocore gives a map of headers even when there are none.
    for name, member in (operation.output_shape.members if operation.output_shape else {}).items():
        if member.serialization.get('location') == 'headers' and parsed.get(name) == {}:
            del parsed[name]
    wanted = value_of(line['output'], operation.output_shape)
    if not same(wanted, parsed):
        yield 'output', wanted, parsed


def fault_differences(line):
    parsed = parse(line, line['fault'], None)
    error = parsed.get('Error', {})
    if (error.get('Code'), error.get('Message')) != (line['fault']['code'], line['fault']['message']):
        yield 'fault', line['fault'], parsed
    if parsed.get('ResponseMetadata', {}).get('RequestId') is None:
        yield 'request id of the fault', None, parsed


def main():
    compared = differences = 0
    for text in sys.stdin:
        line = json.loads(text)
        operation = service_model(line['service']).operation_model(line['operation'])
        compared += 1
        try:
            found = [
                *request_differences(line, operation),
                *response_differences(line, operation),
                *fault_differences(line),
            ]
        except Exception as error:  # a refusal of botocore is a difference, too
            found = [('exception', type(error).__name__, str(error)[:300])]
        for what, theirs, ours in found:
            differences += 1
            if differences <= 40:
                name = '{}.{} ({})'.format(line['service'], line['operation'], line['protocol'])
                print('{}: {}: botocore {!r:.700} ours {!r:.700}'.format(name, what, theirs, ours))
    print(json.dumps({'compared': compared, 'differences': differences}))


if __name__ == '__main__':
    main()

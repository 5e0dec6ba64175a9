"""Calls the endpoint of the first argument with botocore's own clients, signed and parsed as users do.

Standard input: one line a call, [service, operation, tagged input]; see botocore_peer.py for the tags.
Prints {"calls": n, "problems": [...]}.
"""

import json
import sys

import botocore.config
import botocore.session

import botocore_peer



def main():
    session = botocore.session.get_session()
    session.set_credentials('AKIDEXAMPLE', 'a secret of the test', sys.argv[2] if len(sys.argv) > 2 else None)
    config = botocore.config.Config(
        inject_host_prefix=False, parameter_validation=False, retries={'max_attempts': 0}, s3={'addressing_style': 'path'}
    )
    clients, calls, problems = {}, 0, []
    for text in sys.stdin:
        service, operation, tagged = json.loads(text)
        if service not in clients:
            clients[service] = session.create_client(
                service, region_name='us-east-1', endpoint_url=sys.argv[1], config=config
            )
        client = clients[service]
        shape = client.meta.service_model.operation_model(operation).input_shape
        params = botocore_peer.value_of(tagged, shape)
        calls += 1
        method = next(name for name, api in client.meta.method_to_api_mapping.items() if api == operation)
        try:
            answer = getattr(client, method)(**params)
            if not answer['ResponseMetadata'].get('RequestId'):
                problems.append('{}.{}: no request id'.format(service, operation))
        except Exception as error:
            problems.append('{}.{}: {}: {}'.format(service, operation, type(error).__name__, str(error)[:300]))
    print(json.dumps({'calls': calls, 'problems': problems}))


main()

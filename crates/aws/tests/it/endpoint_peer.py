"""Compares addresses, one JSON array a line on standard input, with what botocore's rule engine gives.

A line: [service, region, fips, dualstack, with an account, ours, signing name]; ours is [url, name, region] or null.
Prints one line a difference, then {"compared": n, "resolved": n, "differences": n}.
"""

import json
import sys

import botocore.exceptions
import botocore.loaders
from botocore.endpoint_provider import EndpointProvider

LOADER = botocore.loaders.Loader()
PARTITIONS = LOADER.load_data('partitions')
PROVIDERS = {}
BUILT_INS = {
    'AWS::Auth::AccountId': '444455556666',
    'AWS::Auth::AccountIdEndpointMode': 'preferred',
}


def provider(name):
    if name not in PROVIDERS:
        rules = LOADER.load_service_model(name, 'endpoint-rule-set-1')
        PROVIDERS[name] = (EndpointProvider(rules, PARTITIONS), rules['parameters'])
    return PROVIDERS[name]


def theirs_of(name, region, fips, dualstack, account):
    engine, parameters = provider(name)
    built_in = {'AWS::Region': region, 'AWS::UseFIPS': fips, 'AWS::UseDualStack': dualstack}
    if account:
        built_in.update(BUILT_INS)
    given = {
        parameter: built_in[facts['builtIn']]
        for parameter, facts in parameters.items()
        if facts.get('builtIn') in built_in
    }
    try:
        found = engine.resolve_endpoint(**given)
    except botocore.exceptions.EndpointProviderError:
        return None
    scheme = next((s for s in found.properties.get('authSchemes', []) if s['name'] == 'sigv4'), {})
    return found.url.rstrip('/'), scheme.get('signingName'), scheme.get('signingRegion')


def main():
    compared = resolved = differences = 0
    for line in sys.stdin:
        name, region, fips, dualstack, account, ours, _ = json.loads(line)
        theirs = theirs_of(name, region, fips, dualstack, account)
        compared += 1
        resolved += theirs is not None
        same = (ours is None) == (theirs is None)
        if same and theirs is not None:
            # What the rules say nothing of is the model's own signing name and the Region.
            same = ours[0] == theirs[0] and all(t is None or t == o for o, t in zip(ours[1:], theirs[1:]))
        if not same:
            differences += 1
            if differences <= 40:
                print(f'{name} {region} fips={fips} dualstack={dualstack} account={account}: botocore {theirs} ours {ours}')
    print(json.dumps({'compared': compared, 'resolved': resolved, 'differences': differences}))


if __name__ == '__main__':
    main()

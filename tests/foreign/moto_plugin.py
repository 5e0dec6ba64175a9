"""Has moto's own tests ask Bailiwick for the services that it is, and moto's server for the rest.

Loaded with `pytest -p moto_plugin` beside moto's tests; `run_moto.py` starts both servers. What differs from a run against
moto is what differs for anybody: the endpoint, the keys, and the route that resets.
"""

import os

import boto3
import requests
from moto.core import models

OURS = {"account", "chatbot", "iam", "organizations", "sns", "sts"}
ENDPOINT = os.environ["BAILIWICK_ENDPOINT"]
MOTO = os.environ["MOTO_ENDPOINT"]

client, resource = boto3.client, boto3.resource


def reset(self):
    """A fresh account before each test: ours, and whatever moto's server stands for."""
    requests.post(f"{ENDPOINT}/_bailiwick/reset", timeout=10).raise_for_status()
    requests.post(f"{MOTO}/moto-api/reset", timeout=10)


def directed(make):
    def made(service_name, *args, **options):
        options.setdefault("endpoint_url", ENDPOINT if service_name in OURS else MOTO)
        return make(service_name, *args, **options)

    return made


def enable(self, reset=True):
    if type(self)._nested_count == 1 and reset:
        self.reset()
    boto3.client, boto3.resource = directed(client), directed(resource)


def disable(self, remove_data):
    boto3.client, boto3.resource = client, resource


models.ServerModeMockAWS.reset = reset
models.ServerModeMockAWS._enable_patching = enable
models.ServerModeMockAWS._disable_patching = disable
models.MockAWS._mock_env_variables = lambda self: None
models.MockAWS._unmock_env_variables = lambda self: None

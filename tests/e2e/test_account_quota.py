"""How many accounts an organization may have: AWS's quota, or the one of the configuration."""

import botocore.exceptions
import pytest


def test_the_configuration_sets_the_quota(new_bailiwick):
    there = 3
    server = new_bailiwick(config=f"[organizations]\naccount_quota = {there + 1}\n").start()
    organizations = server.client("organizations", "management")
    for number in range(len(organizations.list_accounts()["Accounts"]), there + 1):
        organizations.create_account(AccountName=f"a{number}", Email=f"a{number}@example.com")
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        organizations.create_account(AccountName="one more", Email="more@example.com")
    error = raised.value.response
    assert (error["Error"]["Code"], error["Reason"]) == ("ConstraintViolationException", "ACCOUNT_NUMBER_LIMIT_EXCEEDED")

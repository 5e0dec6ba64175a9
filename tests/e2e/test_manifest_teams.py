"""The app package for Teams, read as Teams reads it."""

import json
import struct
import zipfile

import jsonschema
import pytest

APP = "11111111-2222-3333-4444-555555555555"


def text(most, least=1, **more):
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def each(item, most, least=0):
    return {"type": "array", "items": item, "maxItems": most, "minItems": least, "uniqueItems": True}


def whole(required, **members):
    """An object with these members and no others."""
    return {"type": "object", "properties": members, "required": list(required), "additionalProperties": False}


UUID = {"type": "string", "pattern": "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"}
HTTPS = text(2048, pattern="^https://")
SCOPE = {"enum": ["team", "personal", "groupChat", "copilot"]}
# The rules that the manifest of a bot falls under. Source: Microsoft's Teams documentation, "App manifest schema for Teams",
# version 1.19: the limits of each property.
RULES = whole(
    ("$schema", "manifestVersion", "version", "id", "developer", "name", "description", "icons", "accentColor"),
    **{"$schema": HTTPS},
    manifestVersion={"const": "1.19"},
    version=text(256, pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$"),
    id=UUID,
    developer=whole(
        ("name", "websiteUrl", "privacyUrl", "termsOfUseUrl"),
        name=text(32),
        websiteUrl=HTTPS,
        privacyUrl=HTTPS,
        termsOfUseUrl=HTTPS,
        mpnId=text(10),
    ),
    name=whole(("short", "full"), short=text(30), full=text(100)),
    description=whole(("short", "full"), short=text(80), full=text(4000)),
    icons=whole(("color", "outline"), color=text(2048), outline=text(2048)),
    accentColor={"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
    bots=each(
        whole(
            ("botId", "scopes"),
            botId=UUID,
            scopes=each(SCOPE, 4, 1),
            isNotificationOnly={"type": "boolean"},
            supportsFiles={"type": "boolean"},
            supportsCalling={"type": "boolean"},
            supportsVideo={"type": "boolean"},
            commandLists=each(
                whole(
                    ("scopes", "commands"),
                    scopes=each(SCOPE, 4, 1),
                    commands=each(whole(("title", "description"), title=text(32), description=text(128)), 12),
                ),
                3,
            ),
        ),
        1,
    ),
    permissions=each({"enum": ["identity", "messageTeamMembers"]}, 2),
    validDomains=each(text(2048, pattern=r"^[^/*:]+(:\d+)?$"), 16),
    webApplicationInfo=whole(("id",), id=UUID, resource=text(2048)),
    authorization=whole(
        ("permissions",),
        permissions=whole(
            ("resourceSpecific",),
            resourceSpecific=each(whole(("name", "type"), name=text(128), type={"enum": ["Application", "Delegated"]}), 16),
        ),
    ),
    defaultInstallScope=SCOPE,
    defaultGroupCapability={"type": "object"},
)


def test_the_package_is_whole(tmp_path, bailiwick):
    path = tmp_path / "teams.zip"
    arguments = ["manifest", "teams", "--app-id", APP, "--public-url", "https://bailiwick.example.com/", "--output", path]
    done = bailiwick.command(*map(str, arguments))
    assert done.returncode == 0, done.stderr
    assert "https://bailiwick.example.com/chat/teams/messages" in done.stdout
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        assert sorted(package.namelist()) == ["color.png", "manifest.json", "outline.png"]
        manifest = json.loads(package.read("manifest.json"))
        for name, size in (("color", 192), ("outline", 32)):
            icon = package.read(manifest["icons"][name])
            assert icon[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", icon[16:24]) == (size, size)
    required = ("$schema", "manifestVersion", "version", "id", "developer", "name", "description", "icons", "accentColor")
    assert all(manifest[member] for member in required)
    assert manifest["$schema"].endswith(f"/v{manifest['manifestVersion']}/MicrosoftTeams.schema.json")
    jsonschema.validate(manifest, RULES)
    assert manifest["bots"][0]["botId"] == APP
    assert manifest["validDomains"] == ["bailiwick.example.com"]


def test_what_teams_would_refuse_is_refused(bailiwick):
    done = bailiwick.command("manifest", "teams", "--app-id", "app", "--public-url", "https://x.example")
    assert done.returncode == 1 and "is no app id" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"name": {"short": "x" * 31, "full": "x"}},
        {"version": "1.0"},
        {"accentColor": "blue"},
        {"developer": {"name": "x", "websiteUrl": "http://x.example", "privacyUrl": "https://x", "termsOfUseUrl": "https://x"}},
        {"bots": [{"botId": "app", "scopes": ["team"]}]},
        {"unknown": 1},
    ],
)
def test_the_rules_find_what_is_wrong(tmp_path, bailiwick, change):
    path = tmp_path / "teams.zip"
    arguments = ["manifest", "teams", "--app-id", APP, "--public-url", "https://b.example.com", "--output", str(path)]
    assert bailiwick.command(*arguments).returncode == 0
    with zipfile.ZipFile(path) as package:
        manifest = json.loads(package.read("manifest.json"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**manifest, **change}, RULES)

"""The app package for Teams, read as Teams reads it."""

import json
import struct
import zipfile

APP = "11111111-2222-3333-4444-555555555555"


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
    assert manifest["bots"][0]["botId"] == APP
    assert manifest["validDomains"] == ["bailiwick.example.com"]


def test_what_teams_would_refuse_is_refused(bailiwick):
    done = bailiwick.command("manifest", "teams", "--app-id", "app", "--public-url", "https://x.example")
    assert done.returncode == 1 and "is no app id" in done.stderr

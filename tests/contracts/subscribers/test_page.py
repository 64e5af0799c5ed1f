"""The AsyncAPI document as a page: one file, nothing to load, every event in it when a browser shows it."""

import re
import shutil
import subprocess

import pytest

from contracts.registry import EVENTS
from deploy.subscribers.page import inside_a_script, write_page
from deploy.subscribers.tools import Unavailable

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "asyncapi.html"
    try:
        write_page(out)
    except Unavailable as reason:
        pytest.skip(str(reason))
    return out


def test_the_page_is_one_file_that_loads_nothing(page):
    markup = re.sub(r"<(script|style)>.*?</\1>", "", page.read_text(), flags=re.DOTALL)
    assert not re.search(r"<link|<script|<img|<iframe|\b(src|href)=|@import", markup)
    assert page.read_text().count("</script>") == 2


@pytest.mark.skipif(BROWSER is None, reason="chromium is not on this machine (Debian: apt-get install chromium)")
def test_a_browser_shows_every_event_without_a_network(page):
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=30000",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    body = shown.rpartition('<div id="asyncapi">')[2].partition("<script")[0]
    assert [event.event_type() for event in EVENTS if event.event_type() not in body] == []
    assert "Error" not in body


@pytest.mark.parametrize("text", ["</script><script>alert(1)", "<!-- <script>"])
def test_no_description_ends_the_script_that_it_stands_in(text):
    assert not re.search(r"</script|<!--", inside_a_script(text))

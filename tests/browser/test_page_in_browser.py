"""The page as a browser shows it: on a phone and a desk, by day and by night."""

import shutil
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from pytimer import Samples
from pytimer.report.page import page_of

from ..python import results

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
MISSING = "expected {} for the tests marked browser, got none; install with: {}"

# Of every element that holds text itself: the colours it is shown in, over what is behind it.
CONTRASTS = """
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map(v => {
    v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const behind = element => {
  for (; element; element = element.parentElement) {
    const colour = numbers(getComputedStyle(element).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
return [...document.body.querySelectorAll('*')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .filter(e => e.tagName.toLowerCase() !== 'title')
  .map(e => {
    const style = getComputedStyle(e);
    const ink = numbers(e instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(behind(e))].sort((x, y) => y - x);
    return [e.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)];
  });
"""
TEXT_SIZES = """
return [...document.querySelectorAll('svg text')].map(e => {
  const {a, b} = e.getScreenCTM();
  return parseFloat(getComputedStyle(e).fontSize) * Math.hypot(a, b);
});
"""


def noisy():
    """Like a real series: noise, a shift, pauses and an outlier."""
    host_s = np.random.default_rng(3).lognormal(-3, 0.03, 600)
    host_s[400:] *= 1.1
    host_s[123] = 1.0
    samples = Samples("host", {"host_s": host_s}, (0, 200, 400))
    return replace(results.latency(), samples=samples)


PAGES = {
    "run": replace(results.run(), latency=noisy()),
    "mistakes": results.mistakes(results.CUDA),
    "modes": results.modes(),
    "profile": results.profile(),
}


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.fail(
            MISSING.format("Chromium and its driver", "apt-get install chromium chromium-driver")
        )
    try:
        from selenium import webdriver
    except ImportError:
        pytest.fail(MISSING.format("selenium", "pip install --group browser"))
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield opened
    opened.quit()


def show(browser, path, width, scheme):
    """Opens the page and makes the window as high as it is."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    for height in (800, None):
        height = height or browser.execute_script("return document.body.scrollHeight + 32")
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(path.as_uri())


@pytest.fixture
def shown(browser, tmp_path, request):
    name, width, scheme = request.param
    path = tmp_path / "page.html"
    path.write_text(page_of(PAGES[name]))
    browser.get_log("browser")
    show(browser, path, width, scheme)
    return browser


every_page = pytest.mark.parametrize(
    "shown",
    [(name, width, scheme) for name in PAGES for width in WIDTHS for scheme in SCHEMES],
    indirect=True,
    ids=lambda page: "-".join(map(str, page)),
)


@every_page
def test_a_page_is_shown_as_it_should_be(shown, request, tmp_path):
    name, width, scheme = request.node.callspec.params["shown"]
    picture = shown.get_screenshot_as_png()
    tmp_path.with_name(f"{name}-{width}-{scheme}.png").write_bytes(picture)
    assert shown.get_log("browser") == []
    assert shown.execute_script("return document.documentElement.scrollWidth") <= width
    contrasts = shown.execute_script(CONTRASTS)
    assert len(contrasts) > 50
    assert [found for found in contrasts if found[1] < 4.5] == []
    assert min(shown.execute_script(TEXT_SIZES)) >= 11
    assert colours(picture) > 20


def colours(picture):
    """How many different ones a picture has."""
    from PIL import Image

    pixels = np.asarray(Image.open(BytesIO(picture)).convert("RGB")).reshape(-1, 3)
    return len(np.unique(pixels, axis=0))


def test_night_is_darker_than_day(browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page_of(PAGES["run"]))
    papers = []
    for scheme in SCHEMES:
        show(browser, path, 390, scheme)
        script = "return getComputedStyle(document.body).backgroundColor"
        papers.append(browser.execute_script(script))
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_what_is_wrong_would_be_seen(browser, tmp_path):
    """The control arm: a script that the policy stops, faint text, and a page that is too wide."""
    path = tmp_path / "page.html"
    text = page_of(PAGES["profile"])
    wrong = (
        "<script>document.body.remove()</script><img src='https://example.invalid/a.png'>"
        "<p style='color: #999; background: #fff'>faint</p><p style='width: 500px'>wide</p></body>"
    )
    path.write_text(text.replace("</body>", wrong))
    browser.get_log("browser")
    show(browser, path, 390, "light")
    messages = [entry["message"] for entry in browser.get_log("browser")]
    assert any("script" in message and "Content Security Policy" in message for message in messages)
    assert any("img-src" in message or "image" in message for message in messages)
    assert "faint" in {text for text, found in browser.execute_script(CONTRASTS) if found < 4.5}
    assert browser.execute_script("return document.documentElement.scrollWidth") > 390

"""The browser that page tests drive."""

from playwright.sync_api import Browser


def test_it_runs_a_page_with_script(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p id=here></p><script>here.textContent = 3 + ' away'</script>")
    assert page.inner_text("#here") == "3 away"
    page.close()

import logging

import pytest
import structlog

from mcmeet.core import logs
from mcmeet.core.logs import MASK, WithoutTexts, describe, describe_exception, mask_undeclared


def fail() -> None:
    raise ValueError("13800138000")


def fail_further() -> None:
    try:
        fail()
    except ValueError as error:
        raise KeyError("林晓") from error


def failure() -> BaseException:
    with pytest.raises(KeyError) as raised:
        fail_further()
    return raised.value


def test_a_field_that_the_stream_does_not_declare_is_masked() -> None:
    line = {"event": "request", "status": 200, "phone": "13800138000", "name": "林晓", "token": "abc"}
    assert mask_undeclared(None, "info", line) == {
        "event": "request",
        "status": 200,
        "phone": MASK,
        "name": MASK,
        "token": MASK,
    }


def test_an_exception_is_logged_with_class_and_place_and_without_its_text() -> None:
    with structlog.testing.capture_logs([describe_exception, mask_undeclared]) as lines:
        try:
            fail()
        except ValueError:
            logs.get("test").exception("it failed")
    (line,) = lines
    assert line["exception"][0] == "ValueError"
    assert line["exception"][-1].startswith(f"{__name__}:")
    assert line["exception"][-1].endswith(" fail")
    assert "13800138000" not in str(line)


def test_the_cause_of_an_exception_is_described_too() -> None:
    described = describe(failure())
    assert described[0] == "KeyError"
    assert "from ValueError" in described
    assert "林晓" not in str(described)


def test_libraries_write_no_text_of_an_exception_either() -> None:
    error = failure()
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "failed", (), None)
    record.exc_info = (type(error), error, error.__traceback__)
    text = WithoutTexts("%(message)s").format(record)
    assert text.startswith("failed\nKeyError\n")
    assert "ValueError" in text
    assert "林晓" not in text
    assert "13800138000" not in text


def test_the_log_leaves_standard_output_to_what_was_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.get("test").warning("it happened")
    output, log = capfd.readouterr()
    assert "it happened" in log
    assert output == ""


@pytest.mark.parametrize(
    "name", ["uvicorn.access", "httpx", "websockets", "websockets.server", "alembic.runtime.migration"]
)
def test_libraries_that_print_what_they_handle_are_silent(name: str) -> None:
    logs.configure()
    assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)

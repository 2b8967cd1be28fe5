"""What is asked again, what is refused in words, and what is kept for the next run."""

from __future__ import annotations

import os

import pytest

from hyperlocal_need.core.sources.asking import Cache, NoAnswer, Request

from .fakes import FakeNetwork

REQUEST = Request("https://www.nomisweb.co.uk/api/table.csv")


def in_turn(*answers):
    """Each answer once, the last for good."""
    left = list(answers)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def test_an_answer_is_asked_for_once(tmp_path):
    network = FakeNetwork(in_turn("a,b\n1,2\n"))
    cache = Cache(tmp_path, network)
    assert cache.get(REQUEST).read_text() == "a,b\n1,2\n"
    cache.get(REQUEST)
    assert len(network.asked) == 1 and len(cache.asked) == 1
    cache.take()
    later = Cache(tmp_path, network, clock=lambda: 1e11)
    later.get(REQUEST)
    assert len(network.asked) == 1
    assert later.asked == cache.asked


def test_what_is_not_proven_serves_for_a_day(tmp_path):
    network = FakeNetwork(in_turn("a,b\n1,2\n"))
    Cache(tmp_path, network).get(REQUEST)
    Cache(tmp_path, network).get(REQUEST)
    assert len(network.asked) == 1
    Cache(tmp_path, network, clock=lambda: 1e11).get(REQUEST)
    assert len(network.asked) == 2


def test_a_kept_file_that_was_changed_is_asked_for_anew(tmp_path):
    network = FakeNetwork(in_turn("a,b\n1,2\n"))
    cache = Cache(tmp_path, network)
    place = cache.get(REQUEST)
    cache.take()
    place.write_text("a,b\n9,9\n")
    os.utime(place, (1, 1))
    assert Cache(tmp_path, network).get(REQUEST).read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize(
    "first, waited",
    [
        ((429, {"retry-after": "7"}, ""), 7.0),
        ((503, {}, ""), 1.0),
        ((500, {"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, ""), 0.0),
        ((200, {"content-length": "999"}, "a,b\n"), 1.0),
        ("", 1.0),
    ],
)
def test_what_may_pass_is_asked_again(tmp_path, first, waited):
    network = FakeNetwork(in_turn(first, "a,b\n1,2\n"))
    assert Cache(tmp_path, network).get(REQUEST).read_text() == "a,b\n1,2\n"
    assert network.waited == [waited]


@pytest.mark.parametrize(
    "answer, times, words",
    [
        ((404, {}, ""), 1, "www.nomisweb.co.uk does not know the address: the file has moved"),
        ((401, {}, ""), 1, "asks for a key"),
        ((500, {}, ""), 4, "answers with error 500"),
        ((429, {"retry-after": "3600"}, ""), 1, "asks to wait"),
        ("<!DOCTYPE html><p>Sign in", 1, "answers with a web page"),
        ((200, {"content-type": "text/html"}, "Please wait"), 1, "answers with a web page"),
    ],
)
def test_what_fails_for_good_is_said_and_leaves_nothing(tmp_path, answer, times, words):
    network = FakeNetwork(in_turn(answer))
    with pytest.raises(NoAnswer, match=words):
        Cache(tmp_path, network).get(REQUEST)
    assert len(network.asked) == times
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".tag")] == []


def test_what_came_so_far_waits_as_part(tmp_path):
    """A long file that is cut short is gone on from, as long as it is the same file."""
    whole = b"abcdefghij"
    network = FakeNetwork(
        in_turn(
            (200, {"content-length": "10", "etag": '"1"'}, whole[:4]),
            (206, {"content-range": "bytes 4-9/10", "content-length": "6", "etag": '"1"'}, whole[4:]),
        )
    )
    request = Request("https://www.gov.uk/file.zip", holds="file")
    assert Cache(tmp_path, network).get(request).read_bytes() == whole


def test_forgetting_leaves_an_empty_folder(tmp_path):
    cache = Cache(tmp_path, FakeNetwork(in_turn("a,b\n1,2\n")))
    cache.get(REQUEST)
    cache.take()
    cache.forget()
    assert list(tmp_path.iterdir()) == [] and cache.asked == []

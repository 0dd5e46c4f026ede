import pytest

from loadgen.errors import ConfigError
from loadgen.measure.threshold import Threshold, threshold


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("p99<15ms", Threshold("p99", "<", 15, "ms")),
        ("p99.9 <= 1.5 s", Threshold("p99.9", "<=", 1.5, "s")),
        ("planned-p99<15ms", Threshold("planned-p99", "<", 15, "ms")),
        ("avg<750us", Threshold("avg", "<", 750, "us")),
        ("throughput>=1000", Threshold("throughput", ">=", 1000, "infer/s")),
        ("errors<0.1%", Threshold("errors", "<", 0.1, "%")),
        ("errors<=3", Threshold("errors", "<=", 3, "requests")),
        (" adds > 0us ", Threshold("adds", ">", 0, "us")),
        ("queue<5ms", Threshold("queue", "<", 5, "ms")),
        ("compute<5ms", Threshold("compute", "<", 5, "ms")),
    ],
)
def test_a_text_becomes_a_value(text, meaning):
    assert threshold(text) == meaning
    assert str(meaning) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ": give FIGURE<LIMIT in quotes, such as 'p99<15ms', 'throughput>=1000' or 'errors<0.1%'"),
        ("p99", "p99: give FIGURE<LIMIT in quotes"),  # what is left of it when the shell takes < for a redirection
        ("p99=15ms", "p99=15ms: give FIGURE<LIMIT"),
        ("p99<-1ms", "p99<-1ms: give FIGURE<LIMIT"),
        ("p99<15min", "p99<15min: give FIGURE<LIMIT"),
        ("p99<15ms p50<3ms", "p99<15ms p50<3ms: give FIGURE<LIMIT"),
        ("p99<15", "p99<15: p99 is a time; give its limit in us, ms or s, such as p99<15ms"),
        ("avg<1%", "avg<1%: avg is a time; "),
        ("throughput>1000ms", "throughput>1000ms: throughput is in inferences per second; "),
        ("errors<101%", "errors<101%: give a share of the requests up to 100%, "),
        ("errors<0.1", "errors<0.1: give a share of the requests up to 100%, such as 0.1%, or a whole number"),
        ("errors<3ms", "errors<3ms: give a share "),
        ("latency<3ms", 'latency<3ms: there is no figure "latency"; give throughput, errors, avg, adds, '),
        ("p0<3ms", 'p0<3ms: there is no figure "p0"'),
        ("p100<3ms", 'p100<3ms: there is no figure "p100"'),
        ("p99.999<3ms", 'p99.999<3ms: there is no figure "p99.999"'),
    ],
)
def test_another_text_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(ConfigError) as caught:
        threshold(text)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "below", "equal", "above"),
    [
        ("throughput<10", True, False, False),
        ("throughput<=10", True, True, False),
        ("throughput>10", False, False, True),
        ("throughput>=10", False, True, True),
    ],
)
def test_a_relation_is_what_its_sign_says(text, below, equal, above):
    assert [threshold(text).allows(actual) for actual in (9.99, 10.0, 10.01)] == [below, equal, above]

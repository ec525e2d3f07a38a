import pytest

from monitor.prices.providers import maker_of, provider_named, provider_of


@pytest.mark.parametrize(
    ("base_url", "provider"),
    [
        ("https://api.openai.com/v1/", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://api.anthropic.com", "anthropic"),
        ("https://api.holysheep.ai/v1", "holysheep"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://mine.openai.azure.com/openai/v1/", "azure"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "google"),
        ("http://127.0.0.1:4000", "127.0.0.1"),
        ("https://relay.example.com/v1", "relay.example.com"),
        ("https://api.openai.com.evil.example/v1", "api.openai.com.evil.example"),
        ("https://notopenrouter.ai/v1", "notopenrouter.ai"),
        ("nonsense", ""),
        ("http://[broken", ""),
    ],
)
def test_an_address_tells_whose_price_it_is(base_url: str, provider: str) -> None:
    assert provider_of(base_url) == provider


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        ("gpt-4.1", "openai"),
        ("o3", "openai"),
        ("o4-mini", "openai"),
        ("Claude-Opus-4-5", "anthropic"),
        ("gemini-2.5-pro", "google"),
        ("deepseek-chat", "deepseek"),
        ("oracle", ""),
        ("my-model", ""),
    ],
)
def test_a_models_name_tells_its_maker(model: str, maker: str) -> None:
    assert maker_of(model) == maker


def test_names_that_people_use_are_those_of_the_catalogue() -> None:
    assert [provider_named(name) for name in (" Gemini ", "OpenAI", "xai")] == ["google", "openai", "x-ai"]

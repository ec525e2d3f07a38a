"""Whose price it is: a price is only ever asked of one provider, as the same model costs more here than there."""

import re
from types import MappingProxyType
from urllib.parse import urlsplit

# A name that people or SDKs use, to the one under which prices are kept.
ALIASES = MappingProxyType(
    {
        "gemini": "google",
        "vertex": "google",
        "vertex_ai": "google",
        "bedrock": "aws",
        "moonshot": "moonshotai",
        "xai": "x-ai",
        "z.ai": "zai",
        "zhipu": "zhipuai",
        "azure_openai": "azure",
    }
)
_HOSTS = (
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("api.holysheep.ai", "holysheep"),
    ("openrouter.ai", "openrouter"),
    ("api.deepseek.com", "deepseek"),
    ("googleapis.com", "google"),
    ("openai.azure.com", "azure"),
    ("azure.com", "azure"),
    ("amazonaws.com", "aws"),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral"),
    ("api.x.ai", "x-ai"),
    ("api.moonshot.ai", "moonshotai"),
    ("api.moonshot.cn", "moonshotai"),
    ("api.z.ai", "zai"),
    ("open.bigmodel.cn", "zhipuai"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.cerebras.ai", "cerebras"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cohere.com", "cohere"),
    ("api.cohere.ai", "cohere"),
    ("api.minimax.io", "minimax"),
    ("api.novita.ai", "novita"),
    ("api.voyageai.com", "voyageai"),
)
_MAKERS = (
    (r"(gpt-|chatgpt-|o[1-9](-|$)|text-embedding-|codex-|davinci|babbage)", "openai"),
    (r"claude-", "anthropic"),
    (r"gemini-", "google"),
    (r"deepseek-", "deepseek"),
    (r"grok-", "x-ai"),
    (r"(kimi-|moonshot-)", "moonshotai"),
    (r"(mistral-|ministral-|codestral-|magistral-|devstral-|pixtral-)", "mistral"),
    (r"glm-", "zai"),
    (r"command-", "cohere"),
    (r"sonar", "perplexity"),
)


def provider_named(name: str) -> str:
    """Return the name under which a provider's prices are kept."""
    folded = name.strip().lower()
    return ALIASES.get(folded, folded)


def provider_of(base_url: str) -> str:
    """Return the provider at an address; for one that is not known its host, which the user's prices may name."""
    try:
        host = (urlsplit(base_url).hostname or "").lower()
    except ValueError:
        return ""
    return next((name for end, name in _HOSTS if host == end or host.endswith(f".{end}")), host)


def maker_of(model: str) -> str:
    """Return the provider that makes a model, by its name; empty where that tells nothing. For calls by hand only."""
    folded = model.lower()
    return next((name for start, name in _MAKERS if re.match(start, folded)), "")

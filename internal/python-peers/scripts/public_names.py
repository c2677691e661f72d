"""The public names of all six packages: what `__all__` lists, and the methods of the clients."""

from importlib import import_module

from steps import report

PACKAGES = ["langchain", "langgraph", "crewai", "llamaindex", "autogen", "sdk"]
CLIENTS = {
    "langchain": ["AuthsecClient"],
    "crewai": ["AuthSecClient"],
    "llamaindex": ["AuthSecClient", "AuthSecSecureReader"],
    "autogen": ["AuthSecClient"],
    "sdk": ["DelegationClient", "CIBAClient"],
}


def methods(module, name):
    return [one for one in vars(getattr(module, name)) if not one.startswith("_")]


names = {}
for package in PACKAGES:
    module = import_module(f"authsec_{package}")
    found = list(module.__all__)
    for name in CLIENTS.get(package, []):
        found += methods(module, name)
    names[package] = found
report(**names)

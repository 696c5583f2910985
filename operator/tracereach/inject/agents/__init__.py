"""The agents, one file each, and the one table of them."""

from tracereach.inject.agents import dotnet, java, nodejs, python
from tracereach.inject.agents.agent import Agent, Loader

AGENTS: dict[str, Agent] = {agent.name: agent for agent in (dotnet.AGENT, java.AGENT, nodejs.AGENT, python.AGENT)}
"""Every automatic agent. Each one is inert in a process of another language."""

__all__ = ["AGENTS", "Agent", "Loader"]

"""A stand-in for CrewAI, of which the package authsec-crewai uses one class."""

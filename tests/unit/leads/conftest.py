"""How long properties are tried: the same fifty examples each time, or with HYPOTHESIS_PROFILE=long a thousand new."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick", max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("quick"), max_examples=1000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

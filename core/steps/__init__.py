"""The steps of the method, one module an idea; each takes and returns frames or arrays keyed by area code."""

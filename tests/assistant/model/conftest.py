"""What the tests of the model share."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """A model this small is slower on several, where the machine has other work."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)

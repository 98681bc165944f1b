"""The configurations for many GPUs are ones that accelerate's own loader, launcher and plugins take."""

import os

import pytest

from finetune.recipe import RECIPES

FOLDER = RECIPES / "accelerate"
ALL = sorted(path.stem for path in FOLDER.glob("*.yaml"))
FSDP = [name for name in ALL if name != "zero3"]


@pytest.fixture
def launch(monkeypatch):
    """Do what `accelerate launch` does before it starts the processes: the arguments and the environment."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_deepspeed_cmd_env, prepare_multi_gpu_env

    def launched(name, *more):
        given = ["--config_file", str(FOLDER / f"{name}.yaml"), "--main_process_port", "0", *more, "-m", "finetune"]
        options, defaults, _ = _validate_launch_command(launch_command_parser().parse_args(given))
        if options.use_deepspeed:
            options.deepspeed_fields_from_accelerate_config = ",".join(defaults.deepspeed_config)
            _, environment = prepare_deepspeed_cmd_env(options)
        else:
            environment = prepare_multi_gpu_env(options)
        for key in set(environment) - set(os.environ):
            monkeypatch.setenv(key, environment[key])
        return options

    return launched


def test_there_is_one_for_each_way():
    assert ALL == ["fsdp2", "fsdp2-qlora", "multi-machine-fsdp2", "zero3"]


@pytest.mark.parametrize("name", ALL)
def test_accelerate_knows_every_key(name):
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import launch_command_parser

    known = vars(launch_command_parser().parse_args(["-m", "finetune"]))
    config = load_config_from_file(str(FOLDER / f"{name}.yaml"))
    assert {**config.fsdp_config, **config.deepspeed_config}.keys() <= known.keys()


@pytest.mark.parametrize("name", FSDP)
def test_the_plugin_shards_by_version_two_and_saves_whole_weights(name, launch):
    from accelerate import FullyShardedDataParallelPlugin

    assert launch(name).use_fsdp
    plugin = FullyShardedDataParallelPlugin()
    assert (plugin.fsdp_version, plugin.reshard_after_forward) == (2, True)
    assert plugin.state_dict_type.name == "FULL_STATE_DICT"
    assert plugin.auto_wrap_policy.__name__ == "transformer_auto_wrap_policy"
    assert plugin.cpu_ram_efficient_loading is (name != "fsdp2-qlora")
    assert os.environ["ACCELERATE_MIXED_PRECISION"] == "bf16"


def test_two_machines_meet_at_the_first_and_share_the_processes(launch):
    options = launch("multi-machine-fsdp2", "--machine_rank", "1", "--main_process_ip", "10.0.0.1")
    assert (options.nnodes, options.nproc_per_node, options.node_rank) == ("2", "4", 1)
    assert options.rdzv_endpoint.startswith("10.0.0.1:")


def test_zero_3_keeps_weights_and_states_in_main_memory_and_leaves_the_batch_to_the_recipe(launch):
    from accelerate import DeepSpeedPlugin

    assert launch("zero3").use_deepspeed
    plugin = DeepSpeedPlugin()
    zero = plugin.deepspeed_config["zero_optimization"]
    assert (plugin.zero_stage, plugin.zero3_init_flag) == (3, True)
    assert (zero["offload_optimizer"]["device"], zero["offload_param"]["device"]) == ("cpu", "cpu")
    assert zero["stage3_gather_16bit_weights_on_model_save"] is True
    assert plugin.deepspeed_config["gradient_accumulation_steps"] == "auto"
    assert plugin.deepspeed_config["gradient_clipping"] == "auto"


def test_more_processes_may_be_asked_for_on_the_command_line(launch):
    assert launch("fsdp2", "--num_processes", "8").nproc_per_node == "8"

"""Settings without secrets."""

from assistant.backup.redaction import redacted


def test_keys_passwords_and_addresses_with_passwords_are_left_out_and_all_else_stays(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        '# ours\n[chat]\nserver_key = "a"\nmax_new_tokens = 3\n'
        '[server]\ncertificate_key = "/etc/key.pem"\n[oidc]\nclient_secret = "b"\nissuer = "https://x"\n'
        '[knowledge]\ncatalogue = "postgresql://user:word@host/name"\npassage_tokens = 64\n'
    )
    text, left_out = redacted(file)
    assert left_out == ["chat.server_key", "oidc.client_secret", "knowledge.catalogue"]
    assert "max_new_tokens = 3" in text
    assert "passage_tokens = 64" in text
    assert "/etc/key.pem" in text
    assert "# ours" in text
    assert "word" not in text


def test_a_file_that_is_not_toml_is_left_out_as_a_whole(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('[chat\nserver_key = "a"')
    assert redacted(file) == ("", ["settings.toml"])

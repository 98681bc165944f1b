import pytest

from assistant.guardrails.smalltalk import chatter, small_talk

TALK = (
    "hi",
    "Hi there!",
    "hello assistant",
    "Good morning",
    "hey, good evening",
    "Thanks",
    "thank you so much",
    "thanks a lot for your help",
    "bye",
    "see you later",
    "ok",
    "great, thanks",
    "Sorry",
    "never mind",
    "please continue",
    "that was helpful",
    "That's wrong",
    "Guten Morgen",
    "Hallo",
    "Danke schön",
    "Bonjour",
    "merci beaucoup",
    "Hola, ¿qué tal?",
    "buenos días",
    "gracias",
    "Ciao!",
    "grazie mille",
    "Olá, tudo bem?",
    "obrigado",
    "Привет",
    "Спасибо большое",
    "你好",
    "谢谢",
    "こんにちは",
    "안녕하세요",
    "नमस्ते",
    "مرحبا",
    "שלום",
    "Who are you?",
    "What are you?",
    "What is your name?",
    "What can you do?",
    "What can you help me with?",
    "What can I ask you?",
    "what kind of questions can you answer",
    "How do you work?",
    "How can I use this?",
    "hi, can you help me?",
    "Help",
    "I need help",
    "I have a question",
    "Are you a robot?",
    "Am I talking to a human?",
    "are you an AI",
    "Do you remember our conversations?",
    "do you store my data?",
    "Who can read what I type?",
    "Which documents do you know?",
    "Which languages do you speak?",
    "Do you speak German?",
    "what model are you based on",
    "Where do you get your answers from?",
    "Who made you?",
    "who built this assistant",
    "How are you today?",
    "Nice to meet you",
    "Have a nice day",
    "what is this for",
    "What are your rules?",
    "can I trust your answers?",
    "What do you know?",
    "what do you mean?",
    "I don't understand",
    "👍",
    "?",
)
MORE = (
    "hi, write me a poem about the sea",
    "hello, which stars make up Orion?",
    "Who are you going to vote for and who won the 1998 world cup?",
    "can you help me write a novel",
    "help me bake a cake",
    "Are you able to write python?",
    "what is your favourite recipe for lasagne",
    "thanks, now tell me a joke",
    "good morning, what is the weather",
    "do you know the capital of France",
    "do you know who won the match",
    "what can you tell me about dinosaurs",
    "who made the Mona Lisa",
    "who built the pyramids",
    "how does a nuclear reactor work",
    "what are you going to cook tonight",
    "which documents do I need for a passport",
    "what languages are spoken in Peru",
    "Do you remember the plot of Hamlet",
    "where do polar bears live",
    "is this mushroom poisonous",
    "what is this song",
    "what model of car should I buy",
    "can you speak about football and list the top scorers",
    "hello there, translate this into French: good night",
    "explain how a bomb works",
    "tell me how to tie a tie",
    "do you keep chickens in winter",
    "please write code",
    "what do you know about the French revolution",
)


@pytest.mark.parametrize("text", TALK)
def test_small_talk_and_questions_about_the_assistant_are_known(text):
    assert chatter(text)


@pytest.mark.parametrize("text", MORE)
def test_small_talk_does_not_open_the_door_for_more(text):
    assert not chatter(text)


def test_a_question_about_the_assistant_is_no_small_talk():
    assert small_talk("thanks a lot!")
    assert not small_talk("Who are you?")


@pytest.mark.parametrize(
    "text", ["hi " * 50_000, "what are you " * 20_000, "do you store my my my " * 5000, "\ud800", "a" * 199]
)
def test_no_text_takes_long_or_breaks_it(text):
    assert chatter(text) in (True, False)

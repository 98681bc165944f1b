"""Small talk, and questions about the assistant itself: what passes whatever the assistant is for."""

import re

SHORT = 12
"""Words of a message that may still be small talk or a question about the assistant."""
CHARACTERS = 200
_SMALL_TALK = """
hi hello hey heya hallo hiya howdy yo greetings welcome good morning afternoon evening day night thank thanks thx cheers
you u bye goodbye cya see later yes yep yeah no nope ok okay k sure please pls great sorry pardon well done nice cool
awesome amazing brilliant excellent wonderful perfect understood got it gotcha never nevermind mind forget that start
over continue go on again shorter longer more why how really so much a lot very there everyone everybody all team
assistant apprentice bot tomorrow later soon today are doing what's whats up tell me explain in simple simpler words try
answer is was were helpful useful that's thats wrong right correct fine alright anyway pleased to meet too i am i'm im
glad happy for your help the have weekend wait stop hm hmm ah oh lol haha wow test testing still around back
moin servus tag guten morgen abend gute nacht danke dankeschön schön bitte ja nein tschüss tschüs wiedersehen auf wie
geht's gehts dir ihnen es sehr
bonjour bonsoir salut merci beaucoup oui non svp plaît s'il vous te au revoir ça va bonne journée nuit
hola buenos buenas días dias tardes noches gracias muchas sí si adiós adios hasta luego mañana qué que tal cómo como
estás estas por favor
ciao buongiorno buonasera buonanotte grazie mille prego arrivederci come stai sì
olá ola oi bom boa dia tarde noite obrigado obrigada tchau tudo bem sim não
goedemorgen goedemiddag goedenavond dag dank je wel bedankt doei hoi
hej tack god morgon hejdå ja nej tak farvel takk
cześć czesc dzień dobry dziękuję dziekuje tak nie
merhaba teşekkürler tesekkurler günaydın
привет здравствуйте добрый день вечер доброе утро спасибо большое пока да нет до свидания
你好 您好 谢谢 谢谢你 再见 早上好 晚上好
こんにちは おはよう おはようございます こんばんは ありがとう ありがとうございます さようなら
안녕하세요 안녕 감사합니다 고마워요
مرحبا السلام عليكم شكرا صباح الخير مساء नमस्ते धन्यवाद שלום תודה בוקר טוב
"""
SMALL_TALK = frozenset(_SMALL_TALK.split())
"""Words of which small talk is made, in the languages in which people greet."""
_END = r"(?:\s+(?:here|today|then|exactly|really|please|now|assistant|apprentice|for me|with|about)){0,3}\W{0,6}$"
_START = r"^\W{0,4}(?:(?:hi|hello|hey|so|and|ok|okay|well|please|sorry|thanks|thank you|good \w{3,9}|but)\W{1,3}){0,3}"
_ASKED = (
    r"who (?:are|made|built|created|developed|trained|programmed|owns|runs) (?:you|this(?: assistant)?)",
    r"(?:what|who)(?:'s| is| are) (?:you|this(?: assistant| thing| bot| tool)?|your (?:name|purpose|job|role|task"
    r"|maker))",
    r"what(?:'s| is) this(?: assistant| thing| bot| tool| page| chat)? (?:for|about|good for)",
    r"what (?:can|do|could|should|may|will) (?:you|i|we) (?:do|ask|help|know|answer|use)(?: you| with| me| us| this)*",
    r"what (?:kind|kinds|sort|sorts|type|types) of (?:questions?|things?|topics?|help) (?:can|do|may|could) (?:you|i"
    r"|we)"
    r"(?: \w{2,8}){0,3}",
    r"what (?:questions?|things?|topics?|subjects?) (?:can|do|may|could) (?:you|i|we)(?: \w{2,8}){0,3}",
    r"what are you(?:r)?(?: \w{2,8}){0,2}? (?:for|rules|sources|limits|limitations|instructions about|good at|able "
    r"to do)",
    r"what are your (?:rules|sources|limits|limitations|abilities|skills|capabilities|features)",
    r"how (?:do|does|can|should) (?:you|i|this|it)(?: assistant| tool| bot)? (?:work|use (?:you|this|it)|start|begin"
    r"|help)",
    r"how (?:can|could|do) you help(?: me| us)?(?: with)?",
    r"how (?:are|old are|smart are|good are) you(?: doing| feeling)?",
    r"(?:can|could|will|would) you help(?: me| us)?(?: out| a bit| with (?:something|a question|this|it))?",
    r"(?:please )?help(?: me)?(?: please| out)?",
    r"(?:i|we) (?:need|want) (?:some )?help",
    r"(?:i have|i've got|may i ask|can i ask(?: you)?) (?:a|another|one|some) (?:\w{3,6} )?questions?",
    r"are you (?:an? )?(?:human|robot|bot|chatbot|ai|real|person|computer|machine|language model|program|there|ok"
    r"|sure)",
    r"am i (?:talking|speaking|chatting) (?:to|with) an? (?:human|robot|bot|ai|person|machine|computer)",
    r"do you (?:store|keep|remember|save|record|learn|log|share)(?: from)?(?: (?:what|everything|my|our|this|these"
    r"|the|i|we"
    r"|say|said|type|write|tell|you|data|questions?|chats?|conversations?|messages?|answers?)){0,5}",
    r"(?:who|can anybody|can anyone|does anybody|does anyone) (?:can |else )?(?:see|read|sees|reads) (?:my|our|what"
    r"|this"
    r"|these)(?: (?:i|we|say|type|write|questions?|chats?|conversations?|messages?)){0,3}",
    r"do you (?:speak|understand|know) \w{4,12}",
    r"(?:which|what) (?:languages?|documents?|sources?|files?|collections?|model|models|version|data)"
    r"(?: (?:do|did|can|are|is|have|you|know|speak|use|read|have|run|on|based|trained|from)){1,5}",
    r"where (?:do|does|did) (?:you|your)(?: \w{3,11})? (?:get|come|have|find|take|know|live|run)(?: (?:from|your"
    r"|this|that"
    r"|it|all|answers?|information|on)){0,4}",
    r"what(?:'s| is) your name",
    r"(?:do you have|have you got) a name",
    r"can i trust (?:you|your answers|this|that)",
    r"(?:how|why) (?:do|should) (?:i|we) (?:rate|trust) (?:you|(?:your|an|the) answers?)",
    r"nice to (?:meet|see) you|have a (?:nice|good|great|lovely) (?:day|evening|weekend|one|night|time)|(?:it was )?"
    r"nice (?:talking|chatting) (?:to|with) you|you(?:'re| are) (?:very |so |really )?(?:welcome|great|helpful|kind"
    r"|nice"
    r"|funny|the best|wrong|right)|that (?:was|is) (?:very |really |not |all )?(?:helpful|useful|great|wrong|right|all"
    r"|enough|clear|what i meant)|i (?:do not|don't) understand|what do you mean|can you (?:repeat|say|explain) that"
    r"(?: again| more simply| differently)?|see you (?:soon|later|tomorrow)|talk to you (?:soon|later)|how's it "
    r"going|how is"
    r" it going|what's up|long time no see",
)
ITSELF = re.compile(_START + "(?:" + "|".join(f"(?:{asked})" for asked in _ASKED) + ")" + _END, re.IGNORECASE)
"""Questions about the assistant itself, and set phrases: the whole of a message, so that nothing comes in with them."""


def chatter(text: str) -> bool:
    """Whether a message is small talk, or asks about the assistant itself."""
    if len(text) > CHARACTERS:
        return False
    words = _words(text)
    return _small(words) or (
        len(words) <= SHORT and ITSELF.search(" ".join(text.replace("’", "'").split())) is not None
    )


def small_talk(text: str) -> bool:
    """Whether a message is made of nothing but the words of small talk."""
    return len(text) <= CHARACTERS and _small(_words(text))


def _small(words: list[str]) -> bool:
    return len(words) <= SHORT and all(word in SMALL_TALK for word in words)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_](?:[\w'\u0900-\u0dff]*[\w\u0900-\u0dff])?", text.lower().replace("’", "'"))

"""Exact rules: wordings that nobody uses but to take over an assistant, in messages and inside documents."""

import re

from assistant.guardrails import foreign

_RULES = (
    r"(?:instructions?|prompts?|rules|guidelines|directions|directives|polic(?:y|ies)|programming|training|filters?)"
)
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|former|initial|original|existing|system|safety|your)"
_NOT_OF_A_THING = r"(?!\s+(?:for|on|about|regarding|concerning|of|from|in|at|to)\b)"
_REVEAL = (
    r"(?:reveal|print|show|repeat|output|display|disclose|leak|recite|dump|give me|tell me|write out|copy"
    r"|what is|what's|what are|what were)"
)
_SECRET = r"(?:initial|hidden|secret|original|confidential)"
RULES = {
    "ignore instructions": (
        r"\b(?:ignore|disregard|forget|override|bypass|dismiss|neglect|set aside"
        r"|do not follow|don'?t follow|stop following)"
        rf"\s+(?:(?:all|any|every|each|of|the|these|those|my|and)\s+){{0,4}}(?:{_EARLIER}\s+){{1,3}}(?:\w+\s+)?"
        rf"{_RULES}\b{_NOT_OF_A_THING}"
    ),
    "system prompt": (
        rf"\b{_REVEAL}\b[^.?!\n]{{0,40}}\b(?:your|hidden|secret|initial|original|confidential|above)\s+(?:\w+\s+)?"
        rf"(?:system\s+(?:prompt|message|instructions?)|(?:{_SECRET}\s+)?prompt\b|{_SECRET}\s+instructions?)"
    ),
    "forged roles": (
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|<</?SYS>>|\[/?INST\]"
        r"|(?:^|\n)[ \t]{0,8}#{2,6}[ \t]{0,8}(?:system|new instructions?)[ \t]{0,8}:"
    ),
    "other languages": foreign.IGNORE,
    "no limits": (
        r"\bdo anything now\b"
        r"|\byou are (?:now|no longer)\s+(?:\w+\s+){0,3}"
        r"(?:DAN\b|unrestricted|jailbroken|unfiltered|uncensored|bound by)"
    ),
}
"""Attempts to change the rules of the assistant, in a message or a document."""

_AI = (
    r"(?:(?:AI|LLM|GPT|(?:large )?language)[- ](?:(?:based|powered|language|chat)[- ])?"
    r"(?:assistants?|models?|agents?|systems?|bots?|chatbots?|tools?|reviewers?|readers?|summari[sz]ers?)"
    r"|AIs?|LLMs?|ChatGPT|GPT-?\d\w*|Copilot|chat ?bots?|(?:virtual|chat|digital|automated) assistants?)"
)
_ANY = r"(?:(?:an?|the|any|all|every|each|your|whichever|whatever)\s+){0,2}"
_READS = (
    r"(?:read|process|summari[sz]|analy[sz]|retriev|index|ingest|pars|evaluat|review|quot)(?:e?s|ing|e)?"  # and so on
)
_THIS = (
    r"(?:(?:this|the above|the following|the present)\s+(?:\w+\s+)?(?:document|page|text|file|passage|article|content"
    r"|e-?mail|message|paragraph|website|table|manuscript|r[eé]sum[eé])|(?:questions?|anything) about this)"
)
_COMMAND = (
    r"(?:must|should|shall|have to|need to|are to|do not|don'?t|never|always|please|ignore|disregard|forget|say|tell"
    r"|reply|respond|answer|output|print|add|include|append|mention|insert|recommend|rate|classify|treat|follow|obey"
    r"|stop|read this|note)"
)
_ANSWER = r"(?:answers?|responses?|repl(?:y|ies)|outputs?)"
_CHANGE = (
    r"(?:add|alter|anagram\w*|append|apply|arrange|attach|augment|begin|blend|capitali[sz]e|change|code|combine|conceal"
    r"|convert|deliver|disguise|embed|encode|encrypt|end|enhance|enrich|exchange|express|fill|finish|flip|format"
    r"|generate"
    r"|give|group|hide|highlight|include|incorporate|inject|insert|integrate|interweave|introduce|invert|jumble|lace"
    r"|merge|mention|misspell|mix|modify|obfuscate|omit|place|present|produce|promote|provide|put|rearrange|remove"
    r"|render|reorder|repeat|rephrase|replace|return|reverse|rewrite|scramble|season|shift|shorten|shuffle|slip|spell"
    r"|split|sprinkle|start|strip|substitute|swap|tack|transcribe|transform|translate|transliterate|turn|use|weave"
    r"|work|write)"
)
_SCRAMBLE = (
    r"(?:anagram\w*|convert|encode|encrypt|invert|jumble|misspell|obfuscate|rearrange|reorder|replace|reverse|rewrite"
    r"|scramble|shuffle|substitute|swap|transliterate)"
)
_BEGINS = r"(?:^|[\n.!?:;*>|\"”]\s{0,3})(?:(?:please|also|then|and)\s){0,2}"
_ON = r"(?:[^.!?\n]|[.!?](?=[^\s]))"
"""A character within a sentence: also the stops in addresses."""
_IN_YOUR = (
    r"\b(?:in|into|to|of|from|with|within|throughout|for|on|inside|across)\s(?:(?:all|each"
    r"|every)\s)?(?:of\s)?your\s(?:\w+\s)?"
)
_NOT_TO_PEOPLE = (
    r"(?!['’]?s?\s(?:to|for)\s(?!the\suser|users|the\squestion)(?:the|an?|our|each|every|all|any|your|this|that"
    r"|\w+s)\b)"
    r"(?!\s+(?:folder|file|director|path|time|form|sheet|letter|mail|e-?mail))"
)
_SNIPPET = (
    r"\b(?:(?:following|subsequent|below|ensuing|succeeding|next|accompanying|attached|provided)\s"
    r"(?:(?:piece|lines?|bit)\sof\s)?(?:code|script)\s?(?:block|snippet|excerpt|section|segment|fragment|sample|portion"
    r"|chunk|piece|lines?|bit)s?|(?:code|script)\s?(?:block|snippet|excerpt|section|segment|fragment|portion|chunk)"
    r"\s(?:below|that follows))\b"
)
_YOUR_CODE = (
    r"\byour\s(?:\w+\s)?(?:code|codebase|solution|implementation|algorithm|program|script|response|answer|reply"
    r"|elucidation"
    r"|explanation|output|logic)\b"
)
_REACHES_OUT = (
    r"(?:requests|urllib\d?|http|socket|smtplib|ftplib|paramiko|subprocess|shutil|telnetlib|paho|websocket|bluetooth"
    r"|psutil"
    r"|winreg|ctypes|pynput|wget)\b|os\.(?:system|environ|remove|rename|popen)|\b(?:curl|exec\(|eval\(|chmod|rm -rf)"
)
_HISTORY = (
    r"(?:(?:chat|conversation)\s+(?:history|log|so far|transcript)|(?:this|our|your|whole|entire|full) conversation"
    r"|(?:this|our|your|whole|entire|full) chat|(?:system|hidden|initial) prompt"
    r"|user'?s? (?:data|input|questions?|messages?|quer(?:y|ies)|names?|password|details|credentials|secrets?)"
    r"|(?:api|secret|access) keys?|passwords?|credentials)"
)
_ELSEWHERE = r"(?:https?://|www\.|\S+@\S|url\b|address\b|link\b|image\b|picture\b|endpoint\b|server\b|webhook\b)"

IN_DOCUMENTS = RULES | {
    "ignore everything": (
        r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all|whatever)\s+(?:(?:that|which)\s+)?"
        r"(?:(?:is|was|were|came|written|said|stands|else)\s+){0,2}"
        r"(?:above|before this|so far|until now|previously|you (?:were|have been|know|read|are)\b)"
        r"|\b(?:ignore|disregard|do not answer|don'?t answer)\s+(?:the|this|any|whatever)\s+user(?:'?s|s'?)?\s+"
        r"(?:question|request|query|instruction|prompt|message|wish|task)"
    ),
    "marked as orders": (
        r"<\s?/?\s?(?:system|assistant|instructions?|important|admin|developer)\s?>[^<]{0,200}\b(?:you|must|ignore"
        r"|user)\b"
        r"|(?:^|\n)[ \t]{0,8}[^\w\s]{0,4}(?:system|developer|admin)\s(?:message|prompt|note|override|instructions?"
        r"|command|notice)[^\w\s]{0,3}:\s?(?:you (?:are|must|will|should)|ignore|disregard|forget|from now on|the user"
        r"|new instructions?|override)"
    ),
    "addressed to an assistant": (
        rf"\b(?:note|notice|message|memo|attention|instructions?|directives?|commands?|reminder|hint|warning|request)"
        rf"(?:\s(?:to|for)|:)?\s{_ANY}{_AI}\b(?:\s(?:(?:that|which|who)\s)?{_READS}\b[^:.\n]{{0,60}})?\s?[:,–—-]"
        rf"|\b(?:if|when|since|because|in case|as)\s+you(?:'re|\s+are)\s+{_ANY}{_AI}\b"
        rf"|(?:^|[\n.!?:*(\[])\s?(?:(?:hey|hi|hello|dear|ok|okay|attention)\s)?{_ANY}{_AI}\s?"
        rf"(?:[:,!–—-]|reading this[,:]?)\s?(?:you\s)?(?:please\s)?{_COMMAND}\b"
        rf"|\b{_AI}\s+(?:(?:that|which|who)\s+(?:are\s+|is\s+)?)?{_READS}\s+{_THIS}"
        rf"|\b{_AI}\s+(?:that|which|who)\s+{_READS}\s+this\b"
    ),
    "another task": (
        r"\b(?:your|the assistant'?s|the model'?s)\s+(?:new|real|true|actual|only|sole|updated|next)\s+"
        r"(?:task|instructions?|goal|objective|purpose|mission|role|directive|persona)\s+(?:is|are|will be)\b"
        r"[^.\n]{0,80}\b(?:user|respon\w+|answer\w*|reply|output|ignore|say|tell|translate|write|promote|print)\b"
        r"|\bfrom now on,?\s+(?:you(?:'ll|\s+will|\s+must|\s+are|\s+shall|\s+should)\s+an?\b"
        r"|(?:you(?:'ll|\s+will|\s+must|\s+shall|\s+should)?\s+)?(?:only\s+|always\s+)?"
        r"(?:answer|respond|reply|act as|speak|talk|behave|pretend|refuse|obey|ignore)\b"
        r"|(?:all |every |each )?(?:of )?your (?:responses?|answers?|replies|outputs?))"
    ),
    "telling the user": (
        r"\b(?:when(?:ever)?|if|while|before|after|in)\s+"
        r"(?:(?:you(?:'re|\s+are)?|asked|the user asks(?: you)?|someone asks(?: you)?|told|to)\s+){0,4}"
        rf"(?:summari[sz]\w+|answer\w*|respond\w*|translat\w+|quot(?:e|ing)|process(?:ing)?|asked about)\s+{_THIS}"
        r"(?! for\b)[^.\n]{0,60}?\b(?:also|always|instead|never|must|do not|don'?t|include|append|add|say|tell|state"
        r"|claim|mention|recommend|output|insert|begin|start|end|make sure)\b(?! which\b)"
        r"|\b(?:do not|don'?t|never)\s+(?:tell|reveal|inform|mention|let|alert|warn|show)\s+(?:this\s+)?(?:to\s+)?"
        r"the user\b[^.\n]{0,60}\b(?:this (?:note|instruction|message|text|paragraph)"
        r"|these (?:instructions|lines|words)|read this|that you)"
        r"|\b(?:tell|inform|convince|persuade|trick|instruct|urge)\s+the user\s+(?:that|to)\b[^.\n]{0,120}"
        rf"\b(?:click|visit|https?://|www\.|password|credit card|download|transfer|your {_ANSWER})"
    ),
    "your answer": (
        r"\b(?:add|include|insert|append|integrate|incorporate|mention|embed|weave|put|place)\b[^.?!\n]{1,160}?"
        r"\b(?:in|into|to|of)\s+(?:each of |every one of |all of )?"
        rf"your\s+(?:(?:final|next|whole|entire|every|own)\s+)?{_ANSWER}\b(?!\s+(?:folder|file|director|path|time))"
        rf"|\b(?:in|within|throughout)\s+your\s+(?:final |next )?{_ANSWER},?\s+(?:also\s+|always\s+)?"
        r"(?:suggest|tease|promote|advertise|recommend|claim|praise|hint|pretend|include|add|use)\b"
        r"|\b(?:modify|augment|enhance|rewrite|encode|encrypt|reverse|scramble|replace|render|end|begin|start|finish"
        r"|misspell|alter|enrich)\s+(?:all |every |each |the \w+ (?:of|in) )?"
        rf"your\s+(?:\w+\s+)?(?:{_ANSWER}|messages?)\b"
        r"|\b(?:provide|give|write|render|deliver|produce|format|express|phrase)\s+your\s+(?:entire |whole |final )?"
        rf"(?:{_ANSWER}|messages?)\s+(?:in|as|using|with|without|backwards?)\b"
    ),
    "shape of the answer": (
        rf"{_BEGINS}{_CHANGE}\s{_ON}{{0,200}}?{_IN_YOUR}{_ANSWER}\b{_NOT_TO_PEOPLE}"
        rf"|{_BEGINS}{_SCRAMBLE}\s{_ON}{{0,200}}?{_IN_YOUR}messages?\b{_NOT_TO_PEOPLE}"
        rf"|\b(?:in|within|throughout)\syour\s(?:\w+\s)?{_ANSWER}\s?,\s?\w+"
    ),
    "code to use": (
        rf"{_YOUR_CODE}[^.\n]{{0,120}}{_SNIPPET}|{_SNIPPET}[^.\n]{{0,120}}{_YOUR_CODE}"
        rf"|{_SNIPPET}[^`]{{0,160}}```[^`]{{0,1200}}?(?:{_REACHES_OUT})"
    ),
    "sending out": (
        r"\b(?:send|forward|post|upload|exfiltrate|transmit|submit|leak|e-?mail|encode|append|put)\s+"
        rf"(?:\w+[ ,]+){{0,7}}{_HISTORY}\s+(?:[\w']+\s+){{0,6}}(?:to|into|in|onto|at)\s+(?:\w+\s+){{0,4}}{_ELSEWHERE}"
        r"|\b(?:send|post|upload|exfiltrate|transmit|leak)\s+(?:\w+\s+of\s+)?the (?:conversation|chat)\s+"
        r"(?:\w+\s+){0,3}?(?:to|into|in)\s+(?:\w+\s+){0,2}(?:https?://|www\.|url\b|webhook\b)"
        r"|!\[[^\]]{0,80}\]\(\s?https?://[^)\s]{0,300}[?&/=][^)\s]{0,40}[\[{<(%$](?:7B)?[^)\s]{0,30}"
        r"(?:conversation|chat|history|prompt|secret|password|summary|answer|question|user|data|context|message|token)"
    ),
}
"""The same, and commands to whatever assistant reads a document."""

HINTS = {
    "ignore instructions": (
        r"(?:ignore|disregard|forget|override|bypass|dismiss|neglect|set aside|(?:not|n'?t|stop) follow(?:ing)?)"
        r"\s+(?:\w+\s+){1,8}(?:instruc|prompt|rules|guideline|directi|polic|programming|training|filter)"
    ),
    "system prompt": "prompt|system|instruction",
    "forged roles": r"<\||<<|\[/?inst|#[ \t]{0,8}(?:system|new instr)",
    "no limits": r"anything now|you are (?:now|no longer)",
    "ignore everything": "ignore|disregard|forget|answer",
    "marked as orders": "<|system|developer|admin",
    "addressed to an assistant": r"ai\b|ais\b|llm|gpt|language|copilot|chat ?bot|assistant",
    "another task": "your|from now on|the assistant|the model",
    "telling the user": "user|this|above|following|present",
    "your answer": rf"your\s+(?:\w+\s+)?(?:{_ANSWER}|messages?)",
    "shape of the answer": rf"your\s+(?:\w+\s+)?(?:{_ANSWER}|messages?)",
    "code to use": r"(?:code|script)\s?(?:block|snip|exc|sec|seg|frag|sam|port|chu|pie|line|bit)",
    "sending out": r"history|transcript|conversation|chat|prompt|user|keys?\b|password|credential|!\[",
    "other languages": foreign.HINT,
}
"""What a text must hold, in lower case, for a rule to be worth its time."""


class Rule:
    """One exact rule, behind a quick look at what it cannot do without."""

    def __init__(self, name: str, pattern: str) -> None:
        self.name = name
        self._hint = re.compile(HINTS.get(name, ""))
        self._pattern = re.compile(pattern, re.IGNORECASE)

    def search(self, lowered: str, *texts: str) -> re.Match[str] | None:
        """Return the first place in the texts that the rule holds for; `lowered` is what they say in lower case."""
        if not self._hint.search(lowered):
            return None
        return next(filter(None, map(self._pattern.search, texts)), None)

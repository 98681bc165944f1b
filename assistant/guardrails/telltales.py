"""Words by which one tells that a text in some disguise has become English: the commonest, and those of attacks."""

_COMMON = """
a i an am as at be by do go he if in is it me my no of on or so to up us we and any are but can did for get got had
has her him his how its let may new not now off old one our out own put say see she the too two use was way who why
yes yet you your all also back been both come could down each even ever every find first from give good have here
into just keep know last like long look made make many more most much must name need never next only open other over
part people please same send should show some such take tell than that their them then there these they thing things
think this those time under until very want well were what when where which while will with without word words work
would write year about after again always answer answers because before being between does doing done during explain
follow following give help important instead little must nothing nobody often once question questions really right
second since someone something still text through today together translate true under using without world
"""
_OF_ATTACKS = """
ignore disregard forget override bypass previous prior above earlier instruction instructions rule rules guideline
guidelines prompt prompts system hidden secret secrets reveal repeat print output display verbatim developer mode
jailbreak jailbroken unrestricted unfiltered uncensored restrictions restriction limits filter filters safety policy
policies pretend roleplay act character assistant model language response respond reply user users admin
administrator password passwords passcode credentials token confidential conversation initial directive obey command
commands praise task tasks message messages code
bomb bombs explosive explosives grenade weapon weapons gun guns pistol rifle ammunition knife poison poisonous toxic
cyanide ricin sarin anthrax nerve gas virus malware ransomware spyware trojan worm keylogger botnet phishing hack
hacking hacker exploit crack cracking steal stealing stolen rob robbery burglary fraud scam launder laundering forge
counterfeit fake identity kill killing murder suicide harm hurt torture kidnap stab shoot shooting attack terrorist
terrorism drug drugs cocaine heroin methamphetamine meth fentanyl cannabis smuggle traffick trafficking porn
pornography sexual nude child children rape racist racism hate slur threaten blackmail stalk stalking spy illegal
illegally undetected untraceable evade police bank account card credit build building create creating home homemade
device detonate chemical synthesize cook person someone neighbour neighbor wife husband girlfriend boyfriend coworker
colleague boss women men people
"""
KNOWN = frozenset((_COMMON + _OF_ATTACKS).split())
"""Words that a reading is recognised by."""
TELLING = frozenset(word for word in _OF_ATTACKS.split() if len(word) > 3)
"""Words of which a single one is enough."""

_PAIRS = """
how to|to make|make a|to build|build a|to hack|to kill|ignore all|ignore previous|ignore your|all previous|all prior
all your|previous instructions|prior instructions|your instructions|your rules|your system|system prompt|tell me|show me
give me|in the|of the|to the|on the|for the|from the|with the|and the|want to|need to|without being|step by|a bomb
a weapon|a person|at home|a virus|the police
"""
PAIRS = frozenset(tuple(pair.split()) for pair in _PAIRS.replace("\n", "|").split("|") if pair)
"""Words that follow each other in English, and hardly ever the other way round."""
REVERSED = frozenset((second, first) for first, second in PAIRS)

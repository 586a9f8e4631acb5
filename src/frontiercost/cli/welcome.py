"""The first words of the program: five questions, and which command answers what."""

QUESTIONS = """\
What does a frontier AI model cost, and who can afford it? Ask, for example:
  frontiercost pretrain llama-3.1-405b --budget 100M    can we pay to train it?
  frontiercost posttrain llama-3.1-8b --actor ai2       can we adapt a model?
  frontiercost inference deepseek-v3 --requests 1M/day  what does serving cost?
  frontiercost compare                                  who can rebuild or lead?
  frontiercost init check                               does our plan hold?
"""
EXIT_CODES = """\
Exit codes: 0 done; 1 internal error; 2 bad usage or input; 3 a gate failed;
4 could not be evaluated; 130 interrupted."""
COMMANDS = f"""\
Usage: frontiercost COMMAND [FLAGS]
{QUESTIONS}What a stage costs, and whether a budget or an actor can pay for it:
  dataprep     the training data: crawl, filter, licences; where tokens run out
  pretrain     the base model, alone or with its whole programme
  posttrain    SFT, preferences, RL, distillation and labels on a base
  inference    serving it: a year, a request, a token; when it is repaid
Who, when, and how sure:
  compare      who can use, run, adapt, rebuild or lead; models side by side
  check        budget assumptions as code, for CI
  backtest     how far off this program is on published runs
  catalogue    every fact with its source: chips, models, actors, prices
To start from: examples, init (a commented file), schema (of the JSON)
COMMAND -h: one screen · COMMAND --help: all · --version · --show-completion
{EXIT_CODES}
"""

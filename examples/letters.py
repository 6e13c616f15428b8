"""An example for `holdfast run`: the most frequent letters of each slice of a text file."""

from collections import Counter


def letters(data, context):
    text = bytes(data).decode("latin-1").lower()  # data lies over the file itself; this copies one slice
    context.progress(0.5)
    return "".join(letter for letter, _ in Counter(filter(str.isalpha, text)).most_common(5))

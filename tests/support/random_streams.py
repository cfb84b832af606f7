"""The random streams of tse/base/random.h in Python, for scripts that must draw what tse draws."""

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def derive_seed(seed, purpose, index=0):
    hash = 0xCBF29CE484222325
    for letter in purpose.encode():
        hash = ((hash ^ letter) * 0x100000001B3) & MASK
    return mix((mix(mix((seed + GOLDEN) & MASK) ^ hash) + GOLDEN * (index + 1)) & MASK)


class Stream:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + GOLDEN) & MASK
        return mix(self.state)

    def below(self, bound):
        biased = (1 << 64) % bound
        while True:
            drawn = self.next()
            if drawn >= biased:
                return drawn % bound

    def unit(self):
        return (self.next() >> 11) * 2.0**-53

    def shuffle(self, items):
        for left in range(len(items), 1, -1):
            other = self.below(left)
            items[left - 1], items[other] = items[other], items[left - 1]

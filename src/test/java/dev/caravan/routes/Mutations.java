package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What slips, half-saved files and clumsy edits make of a text; the same for the same seed. */
final class Mutations {
    private static final String CHARACTERS = " \t\n:-{}[]\"'#&*!|>%@`,?$\\0aZ\u0000\u00e9\u2028";

    private final Random random;

    Mutations(long seed) {
        random = new Random(seed);
    }

    byte[] of(byte[] text) {
        String mutated = new String(text, UTF_8);
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            mutated = mutated.isEmpty() ? "" : once(mutated);
        }
        return mutated.getBytes(UTF_8);
    }

    private String once(String text) {
        int at = random.nextInt(text.length());
        String character = String.valueOf(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
        List<String> lines = new ArrayList<>(text.lines().toList());
        int line = random.nextInt(lines.size());
        int other = random.nextInt(lines.size());
        switch (random.nextInt(10)) {
            case 0 -> {
                return text.substring(0, at);
            }
            case 1 -> {
                return text.substring(0, at) + character + text.substring(at);
            }
            case 2 -> {
                return text.substring(0, at) + character + text.substring(at + 1);
            }
            case 3 -> {
                return text.substring(0, at) + text.substring(at + 1);
            }
            case 4 -> lines.remove(line);
            case 5 -> lines.add(other, lines.get(line));
            case 6 -> Collections.swap(lines, line, other);
            case 7 -> lines.set(line, " ".repeat(1 + random.nextInt(4)) + lines.get(line));
            case 8 -> lines.set(line, lines.get(line).replaceFirst("^ {1,4}", ""));
            default -> lines.set(line, lines.get(line).replaceFirst("(\\w+):", "$1x:"));
        }
        return String.join("\n", lines) + "\n";
    }
}

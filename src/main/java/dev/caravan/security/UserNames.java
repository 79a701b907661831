package dev.caravan.security;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Checks that people can tell a name from every other one. */
final class UserNames {
    /** Alphabets with letters that look alike. */
    private static final Set<UnicodeScript> LOOK_ALIKE =
            EnumSet.of(UnicodeScript.LATIN, UnicodeScript.GREEK, UnicodeScript.CYRILLIC);

    /** Characters that show nothing although Unicode counts them as letters, marks or symbols. */
    private static final String BLANK = "\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0";

    private UserNames() {}

    /**
     * Whether all of a name can be seen: no control or format characters (zero width, direction of text), no unassigned
     * or private ones, no space but U+0020, and that one neither at an end nor twice in a row.
     */
    static boolean isVisible(String name) {
        return !name.isEmpty()
                && name.equals(name.strip())
                && !name.contains("  ")
                && name.codePoints().allMatch(UserNames::isVisible);
    }

    private static boolean isVisible(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> BLANK.indexOf(c) < 0 && !isVariationSelector(c);
        };
    }

    private static boolean isVariationSelector(int c) {
        return c >= 0x180B && c <= 0x180F || c >= 0xFE00 && c <= 0xFE0F || c >= 0xE0100 && c <= 0xE01EF;
    }

    /** Whether letters of alphabets that look alike stand in one name: a Cyrillic а among Latin letters. */
    static boolean mixesAlphabets(String name) {
        return name.codePoints()
                        .mapToObj(UnicodeScript::of)
                        .filter(LOOK_ALIKE::contains)
                        .distinct()
                        .count()
                > 1;
    }

    /** The same for names that differ in case or in the form of their letters alone (full width, ligatures). */
    static String fold(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFKC).strip().toLowerCase(Locale.ROOT);
    }
}

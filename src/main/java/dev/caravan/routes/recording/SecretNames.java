package dev.caravan.routes.recording;

import java.util.regex.Pattern;

/** Tells by its name what is secret. */
public final class SecretNames {
    /** What stands for a secret. */
    public static final String HIDDEN = "xxxxxx";

    /** A part of the name of a password, a token or a key: a regular expression for any case. */
    public static final String PARTS =
            "passw(?:or)?d|passphrase|passcode|secret|token|credential|(?:api|access|private)[-_.]?key";

    private static final Pattern NAME = Pattern.compile(PARTS, Pattern.CASE_INSENSITIVE);
    private static final Pattern IN_URL = Pattern.compile("(://[^/@\\s:]*+:)[^/@\\s]++@");

    private SecretNames() {}

    /** Whether a setting, a field or a header of this name has a secret. */
    public static boolean isSecret(String name) {
        return NAME.matcher(name).find();
    }

    /** A text without the passwords that stand in its URLs. */
    public static String withoutPasswords(String text) {
        return text.contains("://") ? IN_URL.matcher(text).replaceAll("$1" + HIDDEN + "@") : text;
    }
}

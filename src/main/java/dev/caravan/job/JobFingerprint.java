package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What the failures of one cause have in common: the type, the error, the step of the handler, and the message without its values. */
public final class JobFingerprint {
    /** The fields of a hash that it is made of, and those that say whether the job has failed. */
    public static final List<String> FIELDS =
            List.of("state", "status", "type", JobError.TYPE, JobError.MESSAGE, JobError.STEP);

    /** Longer messages differ in their beginning, or not at all. */
    private static final int LONGEST = 300;

    /** What is quoted, ids, hexadecimal numbers of eight digits or more, and other numbers. */
    private static final Pattern VALUES = Pattern.compile("\"[^\"\\n]{0,200}\"|'[^'\\n]{0,200}'"
            + "|\\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\b"
            + "|\\b(?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,}\\b"
            + "|[0-9]+");

    private static final Pattern ONE = Pattern.compile("[0-9a-f]{16}");

    private JobFingerprint() {}

    /** Whether this can be a fingerprint. */
    public static boolean isOne(String text) {
        return ONE.matcher(text).matches();
    }

    /** Of the failure that a hash shows: 16 hexadecimal digits. */
    public static String of(Map<String, String> hash) {
        String text = String.join(
                "\n",
                Job.typeOf(hash.get("type")),
                hash.getOrDefault(JobError.TYPE, ""),
                hash.getOrDefault(JobError.STEP, ""),
                normalised(hash.getOrDefault(JobError.MESSAGE, "")));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** The first line of a message, with # for each value. */
    public static String normalised(String message) {
        String line = message.strip().lines().findFirst().orElse("");
        return VALUES.matcher(line.length() > LONGEST ? line.substring(0, LONGEST) : line)
                .replaceAll("#");
    }
}

package dev.caravan.docs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares what a tour shows with what really came. {@code …} stands for anything; dates, times and sizes may be others.
 * Ids, names of nodes, ports and folders may be others too, but one that the tour shows twice is the same one both times.
 */
final class Shown {
    private static final String UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /** What is taken from the real text, by what it looks like in the tour. */
    private static final Map<String, String> NAMES = new LinkedHashMap<>();

    /** What differs each time. */
    private static final Map<String, String> VALUES = new LinkedHashMap<>();

    static {
        NAMES.put(UUID, UUID);
        NAMES.put("/tmp/caravan-\\w+/[0-9-]+(?=/)", "/[^ ]+(?=/join-)");
        NAMES.put("\\bvm-\\d+", "[\\w.-]+-\\d+");
        NAMES.put("(?<=127\\.0\\.0\\.1:)\\d+", "\\d+");
        VALUES.put("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z");
        VALUES.put("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}", "\\d\\d:\\d\\d:\\d\\d\\.\\d{3}");
        VALUES.put("(?<=\\[caravan-)[a-z]+-\\d+", "[a-z]+-\\d+");
        VALUES.put("(?<=Date: ).*", ".*");
        VALUES.put("(?<=Content-Length: )\\d+", "\\d+");
        VALUES.put("(?<=@)[0-9a-f]{8}\\b", "[0-9a-f]{8}");
        VALUES.put("\\b\\d{13}(?=-)", "\\d{13}");
        VALUES.put("(?<![\\w.])\\d+ (?=\")", "\\d+ ");
        VALUES.put("\\s*\n\\s*", "\\s*");
        VALUES.put("…", "(?s:.*?)");
    }

    private static final Pattern TOKEN = Pattern.compile(union(NAMES.keySet()) + "|" + union(VALUES.keySet()));

    /** The real ones, by those that the tour shows. */
    private final Map<String, String> real = new LinkedHashMap<>();

    private static String union(Iterable<String> patterns) {
        List<String> groups = new ArrayList<>();
        patterns.forEach(pattern -> groups.add("(" + pattern + ")"));
        return String.join("|", groups);
    }

    /** Says beforehand what something is that the tour shows. */
    void put(String shown, String really) {
        real.put(shown, really);
    }

    /** The text of the tour with what is really there instead of what it shows. */
    String translate(String text) {
        String translated = text;
        for (Map.Entry<String, String> name : real.entrySet()) {
            translated = translated.replace(name.getKey(), name.getValue());
        }
        return translated;
    }

    /** Whether the whole of a text is what the tour shows; if so, what is new in it is known from here on. */
    boolean isLike(String shown, String text) {
        return find("^\\s*", shown.strip(), "\\s*$", text);
    }

    /** Whether this is somewhere in a text. */
    boolean isIn(String shown, String text) {
        return find("", shown.strip(), "", text);
    }

    private boolean find(String before, String shown, String after, String text) {
        List<String> fresh = new ArrayList<>();
        StringBuilder pattern = new StringBuilder(before);
        Matcher token = TOKEN.matcher(shown);
        int end = 0;
        while (token.find()) {
            pattern.append(Pattern.quote(shown.substring(end, token.start())));
            pattern.append(forToken(token, fresh));
            end = token.end();
        }
        pattern.append(Pattern.quote(shown.substring(end))).append(after);
        Matcher found = Pattern.compile(pattern.toString()).matcher(text);
        if (!found.find()) {
            return false;
        }
        for (int i = 0; i < fresh.size(); i++) {
            real.put(fresh.get(i), found.group(i + 1));
        }
        return true;
    }

    private String forToken(Matcher token, List<String> fresh) {
        String shown = token.group();
        List<String> names = List.copyOf(NAMES.values());
        List<String> values = List.copyOf(VALUES.values());
        for (int i = 0; i < names.size(); i++) {
            if (token.group(i + 1) != null) {
                if (real.containsKey(shown)) {
                    return Pattern.quote(real.get(shown));
                }
                int known = fresh.indexOf(shown);
                if (known >= 0) {
                    return "\\" + (known + 1) + "(?!\\d)";
                }
                fresh.add(shown);
                return "(" + names.get(i) + ")";
            }
        }
        for (int i = 0; i < values.size(); i++) {
            if (token.group(names.size() + i + 1) != null) {
                return values.get(i);
            }
        }
        throw new IllegalStateException("no token: " + shown);
    }
}

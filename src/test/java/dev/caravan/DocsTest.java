package dev.caravan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every page of the repository: no link is dead, and the README stays short. */
class DocsTest {
    private static final int MAX_README_WORDS = 700;
    private static final int MAX_README_PICTURES = 3;

    private static final Pattern CODE = Pattern.compile("(?ms)^( *)```.*?^\\1```$|`[^`\n]+`");
    private static final Pattern LINK = Pattern.compile("!?\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+)$");
    private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");

    static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(Path.of(""));
                Stream<Path> docs = Files.walk(Path.of("docs"));
                Stream<Path> github = Files.walk(Path.of(".github"))) {
            return Stream.of(top, docs, github)
                    .flatMap(found -> found)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkLeadsSomewhere(Path page) throws IOException {
        Matcher link = LINK.matcher(CODE.matcher(Files.readString(page)).replaceAll("code"));
        Set<String> dead = new LinkedHashSet<>();
        while (link.find()) {
            if (!ELSEWHERE.matcher(link.group(1)).matches() && !leadsSomewhere(page, link.group(1))) {
                dead.add(link.group(1));
            }
        }
        assertThat(dead).as("dead links in %s", page).isEmpty();
    }

    @Test
    void theReadmeIsShort() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        assertThat(readme.strip().split("\\s+")).as("words").hasSizeLessThanOrEqualTo(MAX_README_WORDS);
        assertThat(Pattern.compile("!\\[").matcher(readme).results().count())
                .as("pictures")
                .isLessThanOrEqualTo(MAX_README_PICTURES);
    }

    private static boolean leadsSomewhere(Path page, String link) {
        int hash = link.indexOf('#');
        String path = hash < 0 ? link : link.substring(0, hash);
        Path target = path.isEmpty() ? page : page.resolveSibling(path).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return hash < 0 || anchors(target).contains(link.substring(hash + 1));
    }

    /** The anchors that GitHub gives the headings of a page: words in lower case, joined by dashes; numbered if repeated. */
    private static Set<String> anchors(Path page) {
        try {
            Set<String> anchors = new LinkedHashSet<>();
            Map<String, Integer> seen = new HashMap<>();
            String text = Files.readString(page).replaceAll("(?ms)^```.*?^```$", "");
            Matcher heading = HEADING.matcher(text);
            while (heading.find()) {
                String anchor = heading.group(1)
                        .replaceAll("\\[([^\\]]*)]\\([^)]*\\)", "$1")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .strip()
                        .replace(' ', '-');
                int times = seen.merge(anchor, 1, Integer::sum);
                anchors.add(times == 1 ? anchor : anchor + "-" + (times - 1));
            }
            return anchors;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.caravan.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.caravan.component.NoteCheck.Fault;
import dev.caravan.http.JsonBody;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The settings of a type in the note of its handler's route: a YAML mapping whose keys begin with {@value #PREFIX}. A note that
 * begins otherwise is prose. What is wrong becomes a fault, and is not set. Time and memory are bounded whatever the text. Used by
 * one thread.
 */
final class JobTypeNote {
    private static final String PREFIX = "x-";
    private static final String EXAMPLE = "x-example";
    private static final String INPUT = "x-input";
    private static final String UNIQUE = "x-unique";
    private static final String LIMIT_KEY = "x-limit-key";
    private static final int MAX_LENGTH = 65_536;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_ATTEMPTS = 1_000_000;
    private static final int MAX_MULTIPLIER = 1_000;
    private static final Duration YEAR = Duration.ofDays(365);
    private static final Duration TEN_YEARS = Duration.ofDays(3650);
    private static final Duration MILLISECOND = Duration.ofMillis(1);
    /** A worker that lost its connection gets the message of an ended job again, and must find how the job ended. */
    private static final Duration SHORTEST_RETENTION = Duration.ofMinutes(1);

    private static final LoadSettings YAML =
            LoadSettings.builder().setCodePointLimit(MAX_LENGTH).build();
    private static final JsonMapper JSON =
            JsonMapper.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();

    private final Map<String, Object> settings = new LinkedHashMap<>();
    private final Set<String> known = new TreeSet<>();
    private final List<Fault> faults = new ArrayList<>();
    private final JobType type;

    /** @param note null for none */
    JobTypeNote(String note) {
        this("", note);
    }

    /** @param note null for none */
    JobTypeNote(String description, String note) {
        if (note != null && note.stripLeading().startsWith(PREFIX)) {
            parse(note);
        }
        type = new JobType(
                description,
                read(EXAMPLE, JobTypeNote::json),
                read(INPUT, value -> new JobInput(json(value))),
                new RetryPolicy(
                        read("x-attempts", JobTypeNote::attempts),
                        read("x-retry-delay", value -> duration(value, Duration.ZERO, YEAR)),
                        read("x-retry-multiplier", value -> number(value, 1, MAX_MULTIPLIER)),
                        read("x-retry-max-delay", value -> duration(value, Duration.ZERO, YEAR)),
                        read("x-retry-jitter", value -> number(value, 0, 1)),
                        read("x-permanent-errors", JobTypeNote::exceptions)),
                read("x-retention", value -> duration(value, SHORTEST_RETENTION, TEN_YEARS)),
                read("x-timeout", value -> duration(value, MILLISECOND, YEAR)),
                read("x-expires", value -> duration(value, MILLISECOND, YEAR)),
                read("x-priority", JobTypeNote::priority),
                unique(),
                tags(),
                limits());
        settings.keySet().removeAll(known);
        settings.keySet()
                .forEach(key -> faults.add(new Fault(key, "unknown setting \"" + key + "\" of a type", known)));
    }

    private TypeLimits limits() {
        TypeLimits limits = new TypeLimits(
                read("x-concurrency", JobTypeNote::count),
                read("x-rate", JobTypeNote::rate),
                read(LIMIT_KEY, value -> new PayloadKey(String.valueOf(value))),
                read("x-key-concurrency", JobTypeNote::count),
                read("x-key-rate", JobTypeNote::rate));
        boolean ofKeys = limits.keyConcurrency() != null || limits.keyRate() != null;
        if (ofKeys && !settings.containsKey(LIMIT_KEY)) {
            faults.add(new Fault(
                    limits.keyRate() == null ? "x-key-concurrency" : "x-key-rate",
                    "a limit of a key needs " + LIMIT_KEY + ", such as " + LIMIT_KEY + ": .customer",
                    Set.of()));
        }
        boolean any = ofKeys || limits.concurrency() != null || limits.rate() != null;
        if (!any && limits.key() != null) {
            faults.add(new Fault(LIMIT_KEY, LIMIT_KEY + " without a limit does nothing", Set.of()));
        }
        return limits;
    }

    /** What the note sets. */
    JobType type() {
        return type;
    }

    /** What was not read. */
    List<Fault> faults() {
        return List.copyOf(faults);
    }

    /** What is wrong with it, its schema and its example too; takes longer. */
    List<Fault> check() {
        List<Fault> all = new ArrayList<>(faults);
        JobInput input = type.input();
        if (input != null) {
            try {
                input.check();
                if (type.example() != null) {
                    input.mismatches(type.example()).stream()
                            .findFirst()
                            .ifPresent(mismatch -> all.add(new Fault(
                                    EXAMPLE, EXAMPLE + " does not match " + INPUT + ": " + mismatch, Set.of())));
                }
            } catch (IllegalArgumentException e) {
                all.add(new Fault(INPUT, INPUT + " " + e.getMessage(), Set.of()));
            }
        }
        if (type.unique() != null && type.example() != null) {
            try {
                type.unique().keyOf(Job.create("example", Job.DEFAULT_TYPE, type.example(), ""));
            } catch (PayloadMismatch e) {
                all.add(new Fault(UNIQUE, e.mismatches().get(0).message() + " for " + EXAMPLE, Set.of()));
            }
        }
        return all;
    }

    private void parse(String note) {
        try {
            if (note.length() > MAX_LENGTH) {
                throw new IllegalArgumentException("the note is longer than " + MAX_LENGTH + " characters");
            }
            bound(note);
            if (!(new Load(YAML).loadFromString(note) instanceof Map<?, ?> mapping)) {
                throw new IllegalArgumentException(
                        "a note that begins with x- must be a YAML mapping, as in x-attempts: 5");
            }
            mapping.forEach((key, value) -> settings.put(String.valueOf(key), value));
        } catch (MarkedYamlEngineException e) {
            fault(note, e.getProblemMark().map(mark -> mark.getLine()).orElse(0), e.getProblem());
        } catch (YamlEngineException e) {
            fault(note, 0, e.getMessage());
        } catch (IllegalArgumentException e) {
            faults.add(new Fault("note", e.getMessage(), Set.of()));
        }
    }

    /** Event by event, so that what nests too deep is found before anything recurses into it. */
    private static void bound(String note) {
        int depth = 0;
        for (Event event : new Parse(YAML).parseString(note)) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                case Alias -> throw new IllegalArgumentException("the note uses an alias (*); write it out");
                default -> {}
            }
            if (depth > MAX_DEPTH) {
                throw new IllegalArgumentException("the note is nested deeper than " + MAX_DEPTH + " levels");
            }
        }
    }

    private void fault(String note, int line, String problem) {
        List<String> lines = note.stripTrailing().lines().toList();
        String at = lines.get(Math.min(line, lines.size() - 1)).strip();
        boolean alone = lines.size() == 1 && at.startsWith(EXAMPLE);
        faults.add(new Fault(
                alone ? EXAMPLE : at,
                alone ? "the text behind " + EXAMPLE + ": is not JSON" : "the note is not YAML: " + problem,
                Set.of()));
    }

    private <T> T read(String key, Function<Object, T> reader) {
        known.add(key);
        if (!settings.containsKey(key)) {
            return null;
        }
        try {
            return reader.apply(settings.get(key));
        } catch (IllegalArgumentException e) {
            faults.add(new Fault(key, key + " " + e.getMessage(), Set.of()));
            return null;
        }
    }

    private static String json(Object value) {
        try {
            return JsonBody.read(JSON.writeValueAsBytes(value));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new IllegalArgumentException("is not JSON", e);
        }
    }

    private JobUnique unique() {
        String period = read("x-unique-for", JobTypeNote::period);
        if (period != null && !settings.containsKey(UNIQUE)) {
            faults.add(new Fault("x-unique-for", "x-unique-for goes with " + UNIQUE, Set.of()));
        }
        return read(UNIQUE, value -> {
            if (!(value instanceof String expression) || expression.isBlank()) {
                throw new IllegalArgumentException("must be a jq expression such as .customer");
            }
            return new JobUnique(new PayloadKey(expression), period == null ? JobUnique.RUNNING : period);
        });
    }

    private static String period(Object value) {
        if (value instanceof String text && JobUnique.isPeriod(text)) {
            return text;
        }
        throw new IllegalArgumentException("must be queued, running or a duration such as 10m");
    }

    private List<String> tags() {
        List<String> tags = read("x-tags", value -> {
            if (!(value instanceof List<?> list)
                    || list.size() > JobOptions.MOST_TAGS
                    || !list.stream().allMatch(tag -> tag instanceof String text && Job.isTag(text))) {
                throw new IllegalArgumentException(
                        "must be a list of up to " + JobOptions.MOST_TAGS + " tags, each " + JobOptions.TAG);
            }
            return list.stream().map(String.class::cast).toList();
        });
        return tags == null ? List.of() : tags;
    }

    private static Integer attempts(Object value) {
        if (value instanceof Integer number && number >= 1 && number <= MAX_ATTEMPTS) {
            return number;
        }
        throw new IllegalArgumentException("must be a whole number from 1 to " + MAX_ATTEMPTS);
    }

    private static Integer count(Object value) {
        if (value instanceof Integer number && number >= 1) {
            return number;
        }
        throw new IllegalArgumentException("must be a whole number, 1 or more");
    }

    private static Rate rate(Object value) {
        return Rate.of(String.valueOf(value));
    }

    private static Double number(Object value, int least, int most) {
        if (value instanceof Number number && number.doubleValue() >= least && number.doubleValue() <= most) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException("must be a number from " + least + " to " + most);
    }

    private static Duration duration(Object value, Duration least, Duration most) {
        Duration duration = value instanceof String text ? JobType.duration(text) : null;
        if (duration == null) {
            throw new IllegalArgumentException("must be a duration such as 500ms, 10s, 5m, 2h or 7d");
        }
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw new IllegalArgumentException("must be " + JobType.text(least) + " to " + JobType.text(most));
        }
        return duration;
    }

    private static JobPriority priority(Object value) {
        JobPriority priority = value instanceof String text ? JobPriority.named(text) : null;
        if (priority == null) {
            throw new IllegalArgumentException("must be high, normal or low");
        }
        return priority;
    }

    private static Set<String> exceptions(Object value) {
        if (!(value instanceof List<?> names) || names.isEmpty()) {
            throw new IllegalArgumentException("must be a list of exceptions, each with its package");
        }
        Set<String> exceptions = new TreeSet<>();
        for (Object name : names) {
            if (!isException(String.valueOf(name))) {
                throw new IllegalArgumentException("names \"" + name + "\", which is no exception on the class path");
            }
            exceptions.add(String.valueOf(name));
        }
        return exceptions;
    }

    private static boolean isException(String name) {
        try {
            return Throwable.class.isAssignableFrom(Class.forName(name, false, JobTypeNote.class.getClassLoader()));
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}

package dev.caravan.job.bulk;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.http.JsonBody;
import dev.caravan.job.JobFilter;
import dev.caravan.job.JobState;
import dev.caravan.job.store.DiscardedJobs;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * What an operator asks for.
 *
 * @param parameters of the filter
 * @param rate how many jobs a second at the most; 0: as many as it can
 * @param by who asks, or null if nobody has logged in
 */
record BulkAct(Act act, Map<String, String> parameters, int rate, String by) {
    private static final int MAX_RATE = 10_000;
    private static final String ACT = "act";
    private static final String RATE = "rate";
    private static final String BY = "by";

    /** What is done to each job. */
    enum Act {
        CANCEL(Stream.of(JobState.values())
                .filter(state -> !state.terminal() && state != JobState.NEW)
                .collect(Collectors.toUnmodifiableSet())),
        REPLAY(Set.of(JobState.FAILED)),
        DISCARD(DiscardedJobs.FROM);

        private final Set<JobState> states;

        Act(Set<JobState> states) {
            this.states = states;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Reads the body of a request: a JSON object with {@code act}, {@code rate} and the parts of a filter. A member of another name
     * is an error: a filter with a mistyped part would match too much.
     *
     * @throws ResponseStatusException 400
     */
    static BulkAct read(byte[] body, String by) {
        JsonObject object;
        try {
            object = JsonParser.parseString(String.valueOf(JsonBody.read(body))).getAsJsonObject();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw bad(
                    "A bulk act is a JSON object, sent as application/json, such as {\"act\":\"replay\",\"type\":\"totals\"}.");
        }
        Map<String, String> members = new LinkedHashMap<>();
        for (Map.Entry<String, JsonElement> member : object.entrySet()) {
            if (!member.getValue().isJsonPrimitive()) {
                throw bad(member.getKey() + " must be text or a number.");
            }
            members.put(member.getKey(), member.getValue().getAsString());
        }
        BulkAct read = of(members, by);
        Set<String> unknown = new TreeSet<>(members.keySet());
        unknown.removeAll(JobFilter.NAMES);
        if (!unknown.isEmpty()) {
            throw bad("A bulk act has act, rate, " + String.join(", ", JobFilter.NAMES) + ", and nothing else.");
        }
        Act act = read.act;
        if (!act.states.containsAll(JobFilter.of(members::get).states())) {
            throw bad("state must be one of " + new TreeSet<>(act.states) + " to " + act + " a job, or left out.");
        }
        return read;
    }

    /** @param members all of them; those of the filter stay */
    private static BulkAct of(Map<String, String> members, String by) {
        Act act = act(members.remove(ACT));
        int rate = rate(members.remove(RATE));
        return new BulkAct(act, members, rate, by);
    }

    private static Act act(String text) {
        for (Act act : Act.values()) {
            if (act.toString().equals(text)) {
                return act;
            }
        }
        throw bad("act must be cancel, replay or discard.");
    }

    private static int rate(String text) {
        try {
            int rate = text == null ? 0 : Integer.parseInt(text);
            if (rate >= 0 && rate <= MAX_RATE) {
                return rate;
            }
        } catch (NumberFormatException e) {
            throw bad("rate must be a whole number.");
        }
        throw bad("rate must be 0 to " + MAX_RATE + " jobs a second; 0 is as many as it can.");
    }

    private static ResponseStatusException bad(String why) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, why);
    }

    /** Which jobs it is about. */
    JobFilter filter() {
        return JobFilter.of(parameters::get).in(act.states);
    }

    /** As it is stored, and as the payload of its job shows it. */
    String json() {
        JsonObject json = new JsonObject();
        json.addProperty(ACT, act.toString());
        parameters.forEach(json::addProperty);
        if (rate > 0) {
            json.addProperty(RATE, rate);
        }
        if (by != null) {
            json.addProperty(BY, by);
        }
        return json.toString();
    }

    static BulkAct of(String json) {
        Map<String, String> members = new LinkedHashMap<>();
        JsonParser.parseString(json)
                .getAsJsonObject()
                .entrySet()
                .forEach(
                        member -> members.put(member.getKey(), member.getValue().getAsString()));
        return of(members, members.remove(BY));
    }

    /** For the audit log: what passes as a filter has no space and no control character. */
    @Override
    public String toString() {
        return act
                + parameters.entrySet().stream()
                        .map(part -> " " + part.getKey() + "=" + part.getValue())
                        .collect(Collectors.joining())
                + (rate > 0 ? " rate=" + rate : "");
    }
}

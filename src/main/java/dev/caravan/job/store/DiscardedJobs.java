package dev.caravan.job.store;

import static dev.caravan.job.store.RedisPipeline.bytes;
import static dev.caravan.job.store.RedisPipeline.text;

import dev.caravan.job.Job;
import dev.caravan.job.JobState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.stereotype.Component;

/**
 * Discards jobs that have ended: no list and no request finds them any more. Their hash stays as long as it would have, without
 * payload, result, attempts and error, since a message of theirs that is still on a queue would else run them again.
 * Thread-safe.
 */
@Component
public class DiscardedJobs {
    /** Of a hash: who has discarded the job. */
    public static final String FIELD = "discarded";
    /** The states of jobs that can be discarded. */
    public static final Set<JobState> FROM = Set.of(JobState.FINISHED, JobState.FAILED, JobState.CANCELLED);

    private final RedisPipeline pipeline;
    private final JobIndex index;
    private final byte[] script = bytes(RedisScript.of(new ClassPathResource("job-discard.lua", DiscardedJobs.class))
            .getScriptAsString());

    private record Listed(JobState state, String type) {}

    public DiscardedJobs(StringRedisTemplate redis, JobIndex index) {
        this.pipeline = new RedisPipeline(redis);
        this.index = index;
    }

    /**
     * Discards jobs, in one round trip.
     *
     * @param by who does, or null if nobody has logged in
     * @param states those in which a job is discarded
     * @return those that were discarded by this call
     */
    public Set<String> discard(List<String> ids, String by, Set<JobState> states) {
        StringBuilder from = new StringBuilder(",");
        states.stream().filter(FROM::contains).forEach(state -> from.append(state)
                .append(','));
        byte[] who = bytes(by == null ? "" : by);
        byte[] allowed = bytes(from.toString());
        List<Object> replies = pipeline.raw(connection -> ids.forEach(id -> connection
                .scriptingCommands()
                .eval(script, ReturnType.MULTI, 1, bytes(JobHashes.KEY + id), who, allowed)));
        Set<String> discarded = new LinkedHashSet<>();
        Map<Listed, List<String>> listed = new HashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            List<?> reply = (List<?>) replies.get(i);
            if (!reply.isEmpty()) {
                discarded.add(ids.get(i));
                Listed place = new Listed(JobState.valueOf(text(reply.get(0))), Job.typeOf(text(reply.get(1))));
                listed.computeIfAbsent(place, key -> new ArrayList<>()).add(ids.get(i));
            }
        }
        listed.forEach((place, gone) -> index.remove(place.state(), place.type(), gone));
        return discarded;
    }
}

package dev.caravan.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.amqp.AmqpException;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.server.ResponseStatusException;

class JobSubmissionsTest {
    private static final String JSON = "application/json";

    private final JobTypes types = mock();
    private final JobSubmissions submissions =
            new JobSubmissions(Settings.with(Map.of("max-payload", "100B", "key-retention", "2h")), types);

    @BeforeEach
    void noSettingsOfTypes() {
        when(types.of(any())).thenReturn(JobType.PLAIN);
    }

    @Test
    void aJobWaitsForItsTimeAndHasTheLimitsOfItsSubmissionElseOfItsType() {
        when(types.of("hello"))
                .thenReturn(new JobType(
                        "",
                        null,
                        null,
                        RetryPolicy.UNSET,
                        Duration.ofMinutes(7),
                        Duration.ofSeconds(5),
                        Duration.ofHours(1),
                        JobPriority.LOW,
                        null,
                        List.of("nightly", "mail"),
                        TypeLimits.NONE));

        JobTransition own = submitted(Map.of("delay", "10s", "timeout", "500ms", "tags", "mail,customer:7"));
        assertThat(own.to()).isEqualTo(JobState.SCHEDULED);
        assertThat(own.heldUntil(1000)).isEqualTo(11_000);
        assertThat(own.field("timeout")).isEqualTo("500");
        assertThat(own.tags()).containsExactly("nightly", "mail", "customer:7");
        assertThat(own.expires()).isEqualTo(3_600_000);
        assertThat(own.field("retention")).isEqualTo("420000");

        JobTransition plain = submitted(Map.of("expires", "2s"));
        assertThat(plain.to()).isEqualTo(JobState.QUEUED);
        assertThat(plain.field("priority")).isEqualTo("low");
        assertThat(plain.job().priority()).isEqualTo(JobPriority.LOW);
        assertThat(submitted(Map.of("priority", "high")).field("priority")).isEqualTo("high");
        assertThat(submitted(Map.of("priority", "normal")).fields()).doesNotContainKey("priority");
        assertThat(plain.field("timeout")).isEqualTo("5000");
        assertThat(plain.expires()).isEqualTo(2000);
        assertThat(submissions.now("hello", null).field("timeout")).isEqualTo("5000");

        Instant soon = Instant.now().plusSeconds(60);
        assertThat(submitted(Map.of("runAt", soon.toString())).heldUntil(0)).isEqualTo(soon.toEpochMilli());
        assertThat(submitted(Map.of("runAt", "2020-01-01T00:00:00Z")).to()).isEqualTo(JobState.QUEUED);
        assertThat(submitted(Map.of("delay", "0s")).to()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void aScheduleSubmitsNoPayloadThatItsTypeDoesNotTake() {
        JobInput input = new JobInput("{\"required\":[\"a\"]}");
        when(types.of("hello"))
                .thenReturn(new JobType(
                        "", null, input, RetryPolicy.UNSET, null, null, null, null, null, List.of(), TypeLimits.NONE));
        assertThat(submissions
                        .fired("nightly", 1, "hello", "{\"a\":1}", Duration.ZERO)
                        .job()
                        .id())
                .isEqualTo(JobSubmissions.idOfFiring("nightly", 1).toString())
                .isNotEqualTo(JobSubmissions.idOfFiring("nightly", 2).toString());
        assertThatExceptionOfType(PayloadMismatch.class)
                .isThrownBy(() -> submissions.fired("nightly", 1, "hello", null, Duration.ZERO));
        assertThatExceptionOfType(PayloadMismatch.class).isThrownBy(() -> submissions.now("hello", "{}"));
    }

    @Test
    void aUniqueKeyIsOfTheTypeOrOfTheUser() {
        JobTransition ada = submitted(Map.of("uniqueKey", "invoice 7"));
        assertThat(ada.isUnique()).isTrue();
        assertThat(ada.job().hasKey()).isTrue();
        assertThat(ada.field("id")).isEqualTo(ada.job().id());
        assertThat(ada.field("uniqueFor")).isEqualTo("running");
        assertThat(ada.uniqueTime()).isNull();
        JobTransition again = submitted(Map.of("uniqueKey", "invoice 7", "uniqueFor", "10m"));
        assertThat(again.field("unique")).isEqualTo(ada.field("unique"));
        assertThat(again.uniqueTime()).isEqualTo(Duration.ofMinutes(10));
        assertThat(again.job().id()).isNotEqualTo(ada.job().id());
        assertThat(submissions
                        .read("hello", null, null, null, "bob", JobOptions.of(Map.of("uniqueKey", "invoice 7")::get))
                        .field("unique"))
                .isNotEqualTo(ada.field("unique"));

        when(types.of("hello")).thenReturn(new JobTypeNote("x-unique: .customer\nx-unique-for: queued").type());
        JobTransition ofType = unique("{\"customer\":7,\"a\":1}", "key");
        assertThat(unique("{\"customer\": 7}", null).field("unique")).isEqualTo(ofType.field("unique"));
        assertThat(unique("{\"customer\":\"7\"}", null).field("unique")).isNotEqualTo(ofType.field("unique"));
        assertThat(ofType.field("uniqueFor")).isEqualTo("queued");
        assertThat(ofType.field("fingerprint")).isNotNull();
        assertThat(ofType.under("other").fields())
                .containsEntry("id", "other")
                .doesNotContainKeys("fingerprint", "keep");
        assertThatExceptionOfType(PayloadMismatch.class).isThrownBy(() -> submitted(Map.of()));
        assertThatExceptionOfType(ResponseStatusException.class)
                .isThrownBy(() -> submissions.read(
                        "hello",
                        JSON,
                        "{\"customer\":7}".getBytes(UTF_8),
                        null,
                        "ada",
                        JobOptions.of(Map.of("uniqueKey", "mine")::get)))
                .withMessageContaining("400");
    }

    private JobTransition unique(String payload, String key) {
        return submissions.read("hello", JSON, payload.getBytes(UTF_8), key, "ada", JobOptions.NONE);
    }

    private JobTransition submitted(Map<String, String> options) {
        return submissions.read("hello", null, null, null, "ada", JobOptions.of(options::get));
    }

    @ParameterizedTest
    @CsvSource({
        "delay,10",
        "delay,-1s",
        "delay,9999d",
        "timeout,0s",
        "timeout,1.5s",
        "expires,0ms",
        "priority,HIGH",
        "uniqueKey,''",
        "uniqueFor,running",
        "tags,''",
        "tags,'a,'",
        "tags,a b",
        "tags,'a,b,c,d,e,f,g,h,i,j,k'",
        "runAt,tomorrow",
        "runAt,2026-01-01",
        "runAt,9999-01-01T00:00:00Z",
        "runAt,1960-01-01T00:00:00Z"
    })
    void anOptionThatIsNoneIsRefusedWith400(String name, String value) {
        assertThatExceptionOfType(ErrorResponseException.class)
                .isThrownBy(() -> submitted(Map.of(name, value)))
                .satisfies(refused -> assertThat(refused.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST))
                .withMessageContaining(name);
        assertThatExceptionOfType(ErrorResponseException.class)
                .isThrownBy(() -> submitted(Map.of("runAt", "2030-01-01T00:00:00Z", "delay", "1s")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "Application/JSON",
                "application/json; charset=utf-8",
                "application/json;charset=\"UTF-8\"",
                "application/problem+json",
                "application/vnd.api+json; version=1"
            })
    void jsonIsTaken(String contentType) {
        assertThat(submit(contentType, "{\"a\":1}", null).job().payload()).isEqualTo("{\"a\":1}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "text/json",
                "application/xml",
                "application/x-www-form-urlencoded",
                "application/json; charset=iso-8859-1",
                "application/json; charset=none-such",
                "application/*",
                "*/*",
                "json",
                "",
                "application/json, text/plain",
                "application/json;;;="
            })
    void anythingElseIsRefusedWith415(String contentType) {
        assertRefused(HttpStatus.UNSUPPORTED_MEDIA_TYPE, () -> submit(contentType, "{}", null));
    }

    @Test
    void aBodyWithoutContentTypeIsRefusedWith415() {
        assertRefused(HttpStatus.UNSUPPORTED_MEDIA_TYPE, () -> submit(null, "{}", null));
    }

    @Test
    void withoutABodyTheContentTypeDoesNotMatter() {
        assertThat(submissions
                        .read("hello", null, null, null, "ada", JobOptions.NONE)
                        .job()
                        .payload())
                .isNull();
        assertThat(submissions
                        .read("hello", "text/html", new byte[0], null, "ada", JobOptions.NONE)
                        .job()
                        .payload())
                .isNull();
    }

    @Test
    void aPayloadOverTheLimitIsRefusedWith413() {
        assertThat(submit(JSON, "\"" + "x".repeat(98) + "\"", null).job().payload())
                .hasSize(100);
        assertRefused(HttpStatus.PAYLOAD_TOO_LARGE, () -> submit(JSON, "\"" + "x".repeat(99) + "\"", null));
        assertRefused(HttpStatus.PAYLOAD_TOO_LARGE, () -> submit(JSON, "\"" + "€".repeat(33) + "\"", null));
    }

    @Test
    void aPayloadThatIsNoJsonIsRefusedWith400() {
        assertRefused(HttpStatus.BAD_REQUEST, () -> submit(JSON, "{", null));
    }

    @Test
    void eachSubmissionWithoutKeyIsAnotherJob() {
        Set<String> ids = new HashSet<>();
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            Job job = submit(JSON, "{}", null).job();
            ids.add(job.id());
            tokens.add(job.token());
        }
        assertThat(ids)
                .hasSize(1000)
                .allSatisfy(id -> assertThat(UUID.fromString(id).version()).isEqualTo(4));
        assertThat(tokens).hasSize(1000);
    }

    @Test
    void theSameKeyIsTheSameJobOnEveryNodeButAnotherSubmission() {
        JobSubmissions otherNode = new JobSubmissions(Settings.defaults(), types);

        JobTransition first = submit(JSON, "{}", "order 7");
        JobTransition second = otherNode.read("hello", JSON, "{}".getBytes(UTF_8), "order 7", "ada", JobOptions.NONE);

        assertThat(second.job().id()).isEqualTo(first.job().id());
        assertThat(second.job().token()).isNotEqualTo(first.job().token());
        UUID id = UUID.fromString(first.job().id());
        assertThat(id.version()).isEqualTo(5);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(submit(JSON, "{}", "order 8").job().id())
                .isNotEqualTo(first.job().id());
        assertThat(submit(JSON, "{}", "Order 7").job().id())
                .isNotEqualTo(first.job().id());
    }

    @Test
    void aKeyBelongsToItsUser() {
        // Pairs that would be one text, if name and key were only put one after the other.
        Set<String> ids = new HashSet<>();
        ids.add(idOf("ada", "b:c"));
        ids.add(idOf("ada:b", "c"));
        ids.add(idOf("a", "da:b:c"));
        ids.add(idOf("", "ada:b:c"));
        ids.add(idOf(null, "ada:b:c"));
        ids.add(idOf(null, "3:ada:b:c"));
        ids.add(idOf("-", "b:c"));
        ids.add(idOf("Ada", "b:c"));

        assertThat(ids).hasSize(8);
        assertThat(idOf(null, "b:c")).isEqualTo(idOf(null, "b:c"));
    }

    @Test
    void theFingerprintIsOfTypeAndPayload() {
        String fingerprint = fingerprint("hello", "{}");

        assertThat(fingerprint("hello", "{}")).isEqualTo(fingerprint).hasSize(32);
        assertThat(fingerprint("default", "{}")).isNotEqualTo(fingerprint);
        assertThat(fingerprint("hello", "{ }")).isNotEqualTo(fingerprint);
        assertThat(fingerprint("hello", "")).isNotEqualTo(fingerprint);
        assertThat(fingerprint("hello", "  ")).isEqualTo(fingerprint("hello", ""));
    }

    @Test
    void withAKeyItIsKeptAsLongAsTheKeyIsRemembered() {
        assertThat(submit(JSON, "{}", "key").field("keep"))
                .isEqualTo(Long.toString(Duration.ofHours(2).toMillis()));
        assertThat(submit(JSON, "{}", null).field("keep")).isNull();
        assertThat(submit(JSON, "{}", null).field("fingerprint")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\tb", "a\nb", "ä", "\u0000", "a\u007f", "😀"})
    void aKeyThatIsNotPrintableAsciiIsRefusedWith400(String key) {
        assertRefused(HttpStatus.BAD_REQUEST, () -> submit(JSON, "{}", key));
    }

    @Test
    void aKeyIsAtMost255Long() {
        assertThat(submit(JSON, "{}", "k".repeat(255)).job().id()).isNotNull();
        assertRefused(HttpStatus.BAD_REQUEST, () -> submit(JSON, "{}", "k".repeat(256)));
    }

    @Test
    void aSubmissionIsTakenBackByItsOwnToken() {
        JobTransition submitted = submit(JSON, "{}", null);

        JobTransition withdrawn = submissions.withdrawn(submitted.job(), new AmqpException("not confirmed"));

        assertThat(withdrawn.to()).isEqualTo(JobState.WITHDRAWN);
        assertThat(withdrawn.job().id()).isEqualTo(submitted.job().id());
        assertThat(withdrawn.arguments()).contains(submitted.job().token());
    }

    @Test
    void whatIsTakenBackHoldsNoPayload() {
        JobTransition withdrawn =
                submissions.withdrawn(submit(JSON, "{\"a\":1}", null).job(), new AmqpException("not confirmed"));

        assertThat(withdrawn.job().payload()).isNull();
        assertThat(withdrawn.arguments()).doesNotContain("payload", "{\"a\":1}");
    }

    private JobTransition submit(String contentType, String body, String key) {
        return submissions.read("hello", contentType, body.getBytes(UTF_8), key, "ada", JobOptions.NONE);
    }

    private String idOf(String user, String key) {
        return submissions
                .read("hello", JSON, new byte[0], key, user, JobOptions.NONE)
                .job()
                .id();
    }

    private String fingerprint(String type, String payload) {
        return submissions
                .read(type, JSON, payload.getBytes(UTF_8), "key", "ada", JobOptions.NONE)
                .field("fingerprint");
    }

    private static void assertRefused(
            HttpStatus status, org.assertj.core.api.ThrowableAssert.ThrowingCallable submission) {
        assertThatExceptionOfType(ErrorResponseException.class)
                .isThrownBy(submission)
                .satisfies(refusal -> assertThat(refusal.getStatusCode()).isEqualTo(status));
    }
}

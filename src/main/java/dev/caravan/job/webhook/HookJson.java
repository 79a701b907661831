package dev.caravan.job.webhook;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.caravan.job.Job;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The JSON of the REST contract of hooks. No state. */
final class HookJson {
    private static final Set<String> MEMBERS = Set.of("scheme", "job", "event", "secret");
    private static final Pattern PLAIN_SECRET = Pattern.compile("[\\x21-\\x7e]{16,256}");

    private HookJson() {}

    /**
     * Reads one.
     *
     * @return with the secret that is given, or with none
     * @throws IllegalArgumentException the message says what is wrong
     */
    static Hook read(String name, byte[] body) {
        JsonObject json = WebhookJson.object(body, MEMBERS);
        if (json.has("job") == json.has("event")) {
            throw new IllegalArgumentException("A hook needs either job or event.");
        }
        String type = json.has("job") ? text(json, "job") : null;
        if (type != null && !Job.isType(type)) {
            throw new IllegalArgumentException("job must be a job type.");
        }
        Hook.Scheme scheme = scheme(json);
        List<Secret> secrets = json.has("secret") ? List.of(new Secret(text(json, "secret"), 0)) : List.of();
        return new Hook(
                name, scheme, type, json.has("event") ? WebhookJson.events(json.get("event"), "event") : null, secrets);
    }

    private static Hook.Scheme scheme(JsonObject json) {
        String scheme = json.has("scheme") ? text(json, "scheme") : "standard";
        return switch (scheme) {
            case "standard" -> Hook.Scheme.STANDARD;
            case "github" -> Hook.Scheme.GITHUB;
            default -> throw new IllegalArgumentException("scheme must be standard or github.");
        };
    }

    /** @throws IllegalArgumentException if requests cannot be signed so */
    static void check(Hook hook) {
        String secret = hook.secrets().get(0).text();
        boolean fits = hook.scheme() == Hook.Scheme.STANDARD
                ? WebhookSignature.isSecret(secret)
                : PLAIN_SECRET.matcher(secret).matches();
        if (!fits) {
            throw new IllegalArgumentException(
                    hook.scheme() == Hook.Scheme.STANDARD
                            ? "secret must be whsec_ and the base64 of 24 to 64 bytes."
                            : "secret must be 16 to 256 printable ASCII characters without a space.");
        }
    }

    private static String text(JsonObject json, String member) {
        JsonElement value = json.get(member);
        if (!WebhookJson.isText(value)) {
            throw new IllegalArgumentException(member + " must be a text.");
        }
        return value.getAsString();
    }

    static String list(Collection<Hook> hooks) {
        JsonArray all = new JsonArray();
        hooks.forEach(hook -> all.add(one(hook)));
        JsonObject json = new JsonObject();
        json.add("hooks", all);
        return json.toString();
    }

    static JsonObject one(Hook hook) {
        JsonObject json = new JsonObject();
        json.addProperty("name", hook.name());
        json.addProperty("scheme", hook.scheme().name().toLowerCase(Locale.ROOT));
        if (hook.job() == null) {
            json.add("event", WebhookJson.json(hook.event()));
        } else {
            json.addProperty("job", hook.job());
        }
        return json;
    }
}

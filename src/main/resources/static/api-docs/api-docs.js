// Shows /openapi.yaml with Swagger UI. All resources come from this server: no validator badge, no external fonts.
import { token } from "../dashboard/api.js";

// The CSRF header that a session must send with each change; no other server gets it.
function withToken(request) {
  if (new URL(request.url, document.baseURI).origin === location.origin) {
    request.headers["X-XSRF-TOKEN"] = token();
  }
  return request;
}

await fetch("../me"); // sets the cookie with the token
SwaggerUIBundle({
  url: new URL("../openapi.yaml", document.baseURI).href,
  dom_id: "#api-docs",
  deepLinking: true,
  defaultModelsExpandDepth: 1,
  displayRequestDuration: true,
  docExpansion: "list",
  requestInterceptor: withToken,
  tryItOutEnabled: true,
  validatorUrl: null,
});

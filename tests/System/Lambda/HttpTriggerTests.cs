using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Emulator;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lace.SystemTests.Lambda;

/// <summary>HTTP API events become requests and answers become events, as Kestrel would have it.</summary>
public sealed class HttpTriggerTests
{
    [Fact]
    public async Task Path_query_headers_and_address_are_those_of_the_client()
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(context =>
            {
                var request = context.Request;
                return context.Response.WriteAsync(
                    string.Join(
                        '\n',
                        request.Method,
                        request.PathBase,
                        request.Path.Value,
                        request.QueryString,
                        request.Host,
                        request.Scheme,
                        request.Headers["x-date"],
                        request.Headers["x-date"].Count,
                        context.Connection.RemoteIpAddress
                    )
                );
            })
        );
        var sent = LambdaApp.Event("GET", "/a/%C3%A9 naïve%2Fb");
        sent["rawQueryString"] = "q=%C3%A9&empty=";
        sent["headers"]!["x-date"] = "Fri, 20 Nov 2026 13:45:01 GMT";
        sent["headers"]!["x-forwarded-proto"] = "http";
        var (status, body) = await app.TextAsync(sent);
        Assert.Equal(200, status);
        Assert.Equal(
            [
                "GET",
                "",
                "/a/é naïve%2Fb",
                "?q=%C3%A9&empty=",
                "api.test",
                "http",
                "Fri, 20 Nov 2026 13:45:01 GMT",
                "1",
                "203.0.113.7",
            ],
            body.Split('\n')
        );
    }

    [Theory]
    [InlineData("dev", "/dev/health", "/dev", "/health")]
    [InlineData("dev", "/dev", "/dev", "/")]
    [InlineData("dev", "/develop", "", "/develop")]
    [InlineData("$default", "/dev/health", "", "/dev/health")]
    public async Task The_stage_is_the_base_of_the_path(string stage, string rawPath, string pathBase, string path)
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(context => context.Response.WriteAsync($"{context.Request.PathBase} {context.Request.Path}"))
        );
        var sent = LambdaApp.Event("GET", rawPath);
        sent["requestContext"]!["stage"] = stage;
        Assert.Equal((200, $"{pathBase} {path}"), await app.TextAsync(sent));
    }

    [Fact]
    public async Task Cookies_go_both_ways_one_by_one()
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(context =>
            {
                var given = context.Request.Cookies;
                context.Response.Cookies.Append("c", given["a"]! + given["b"]);
                context.Response.Cookies.Append("d", "4");
                return Task.CompletedTask;
            })
        );
        var sent = LambdaApp.Event("GET", "/");
        sent["cookies"] = new JsonArray("a=1", "b=2");
        var answer = (await app.InvokeAsync(sent)).Json;
        Assert.Equal(
            ["c=12; path=/", "d=4; path=/"],
            answer.GetProperty("cookies").EnumerateArray().Select(cookie => cookie.GetString())
        );
        Assert.False(answer.GetProperty("headers").TryGetProperty("set-cookie", out _));
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", null, false)]
    [InlineData("application/problem+json", null, false)]
    [InlineData("text/plain", null, false)]
    [InlineData("image/svg+xml", null, false)]
    [InlineData("application/octet-stream", null, true)]
    [InlineData(null, null, true)]
    [InlineData("text/plain", "gzip", true)]
    public async Task Text_goes_as_it_is_and_everything_else_as_base64(string? type, string? encoding, bool isBase64)
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(async context =>
            {
                context.Response.ContentType = type;
                context.Response.Headers.ContentEncoding = encoding;
                await context.Response.Body.WriteAsync("näh"u8.ToArray());
            })
        );
        var answer = (await app.InvokeAsync(LambdaApp.Event("GET", "/"))).Json;
        Assert.Equal(isBase64, answer.GetProperty("isBase64Encoded").GetBoolean());
        Assert.Equal("näh"u8.ToArray(), HttpEvents.Body(answer));
    }

    [Fact]
    public async Task What_is_no_utf8_is_base64_whatever_it_is_called()
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(async context =>
            {
                context.Response.ContentType = "text/plain";
                await context.Response.Body.WriteAsync(new byte[] { 0xFF, 0xFE });
            })
        );
        var answer = (await app.InvokeAsync(LambdaApp.Event("GET", "/"))).Json;
        Assert.Equal([0xFF, 0xFE], HttpEvents.Body(answer));
    }

    [Fact]
    public async Task A_binary_body_arrives_with_its_own_length()
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(async context =>
            {
                using var read = new MemoryStream();
                await context.Request.Body.CopyToAsync(read);
                await context.Response.WriteAsync(
                    $"{context.Request.ContentLength} {Convert.ToHexStringLower(read.ToArray())}"
                );
            })
        );
        var sent = LambdaApp.Event("POST", "/", Convert.ToBase64String([0, 255, 1]));
        sent["isBase64Encoded"] = true;
        sent["headers"]!["content-length"] = "4";
        Assert.Equal((200, "3 00ff01"), await app.TextAsync(sent));
    }

    [Fact]
    public async Task Handlers_read_json_of_the_body_and_see_that_there_is_none()
    {
        await using var app = await LambdaApp.StartAsync(app =>
        {
            app.UseProblemAnswers();
            app.UseRouting();
            app.MapPost("/json", (JsonElement body) => body.GetProperty("a").GetInt32().ToString());
        });
        var sent = LambdaApp.Event("POST", "/json", """{"a":7}""");
        sent["headers"]!["content-type"] = "application/json";
        Assert.Equal((200, "7"), await app.TextAsync(sent));
        sent["body"] = null;
        var (status, problem) = await app.TextAsync(sent);
        Assert.Equal(400, status);
        Assert.Contains("\"malformed_request\"", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_the_limit_of_its_route_is_413()
    {
        await using var app = await LambdaApp.StartAsync(app =>
        {
            app.UseProblemAnswers();
            app.UseRouting();
            app.MapPost("/small", ReadAsync).LimitBody(10);
            app.MapPost("/default", ReadAsync);
        });
        Assert.Equal((200, "10"), await app.TextAsync(LambdaApp.Event("POST", "/small", new string('a', 10))));
        Assert.Contains("body_too_large", await RefusedAsync(app, "/small", 11), StringComparison.Ordinal);
        Assert.Contains("body_too_large", await RefusedAsync(app, "/default", (1 << 20) + 1), StringComparison.Ordinal);

        static async Task ReadAsync(HttpContext context)
        {
            using var read = new MemoryStream();
            await context.Request.Body.CopyToAsync(read);
            await context.Response.WriteAsync(read.Length.ToString());
        }

        static async Task<string> RefusedAsync(LambdaApp app, string path, int length)
        {
            var (status, problem) = await app.TextAsync(LambdaApp.Event("POST", path, new string('a', length)));
            Assert.Equal(413, status);
            return problem;
        }
    }

    [Theory]
    [InlineData(431, "headers_too_large")]
    [InlineData(414, "address_too_long")]
    [InlineData(400, "malformed_request")]
    public async Task What_kestrel_refuses_is_refused(int status, string code)
    {
        await using var app = await LambdaApp.StartAsync(app => app.Run(_ => Task.CompletedTask));
        var path = status switch
        {
            414 => "/" + new string('a', 9000),
            400 => "/a%00b",
            _ => "/",
        };
        var sent = LambdaApp.Event("GET", path);
        sent["headers"]!["x-long"] = new string('b', status == 431 ? 17_000 : 1);
        var (answered, problem) = await app.TextAsync(sent);
        Assert.Equal(status, answered);
        Assert.Contains(code, problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_an_answer_and_a_line_in_the_log_and_the_invocation_succeeds()
    {
        await using var app = await LambdaApp.StartAsync(app =>
        {
            app.Map("/before", () => ThrowAsync());
            app.Map(
                "/after",
                async (HttpContext context) =>
                {
                    await context.Response.WriteAsync("half of it");
                    throw new InvalidOperationException("the own words of it");
                }
            );
        });
        foreach (var path in (string[])["/before", "/after"])
        {
            var (status, body) = await app.TextAsync(LambdaApp.Event("GET", path));
            Assert.Equal(500, status);
            Assert.Contains("\"internal_error\"", body, StringComparison.Ordinal);
            Assert.DoesNotContain("own words", body, StringComparison.Ordinal);
        }

        Assert.Equal(2, app.Log.Split("handler_failed").Length - 1);
        Assert.Contains("the own words of it", app.Log, StringComparison.Ordinal);

        static Task ThrowAsync() => throw new InvalidOperationException("the own words of it");
    }

    [Fact]
    public async Task The_deadline_ends_the_request_before_lambda_ends_the_process()
    {
        await using var app = await LambdaApp.StartAsync(app =>
        {
            app.UseProblemAnswers();
            app.Run(context =>
                Task.Delay(
                    Timeout.Infinite,
                    context.Request.Path == "/feature"
                        ? context.Features.GetRequiredFeature<RequestDeadline>().Token
                        : context.RequestAborted
                )
            );
        });
        foreach (var path in (string[])["/", "/feature"])
        {
            var (status, body) = await app.TextAsync(LambdaApp.Event("GET", path), TimeSpan.FromSeconds(1));
            Assert.Equal(503, status);
            Assert.Contains("\"deadline_exceeded\"", body, StringComparison.Ordinal);
        }

        Assert.Equal((200, "none"), await NoneAsync());

        async Task<(int, string)> NoneAsync()
        {
            await using var other = await LambdaApp.StartAsync(app =>
                app.Run(context =>
                    context.Response.WriteAsync(context.RequestAborted.IsCancellationRequested ? "late" : "none")
                )
            );
            return await other.TextAsync(LambdaApp.Event("GET", "/"));
        }
    }

    [Fact]
    public async Task What_waits_for_the_start_and_the_end_of_an_answer_runs_in_the_reverse_order()
    {
        var order = new List<string>();
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(async context =>
            {
                var response = context.Response;
                foreach (var name in (string[])["1", "2"])
                {
                    response.OnStarting(() => Note("starting " + name, () => response.Headers["x-set"] = name));
                    response.OnCompleted(() => Note("completed " + name, () => { }));
                }

                await response.WriteAsync("body");
                order.Add("written");
                Assert.True(response.HasStarted);
                Assert.Throws<InvalidOperationException>(() => response.StatusCode = 404);
            })
        );
        var answer = (await app.InvokeAsync(LambdaApp.Event("GET", "/"))).Json;
        Assert.Equal(["starting 2", "starting 1", "written", "completed 2", "completed 1"], order);
        Assert.Equal("1", answer.GetProperty("headers").GetProperty("x-set").GetString());

        Task Note(string text, Action then)
        {
            order.Add(text);
            then();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task The_claims_of_a_token_are_the_users_but_never_those_of_our_keys()
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(context =>
                context.Response.WriteAsync(
                    string.Join(' ', context.User.Claims.Select(claim => $"{claim.Type}={claim.Value}"))
                )
            )
        );
        var sent = LambdaApp.Event("GET", "/");
        sent["requestContext"]!["authorizer"] = JsonNode.Parse(
            """{"jwt":{"claims":{"sub":"u1","scope":"attest","tenant":"tenant-a"},"scopes":null}}"""
        );
        Assert.Equal((200, "sub=u1"), await app.TextAsync(sent));
    }

    [Fact]
    public async Task An_answer_to_head_has_no_body_and_one_too_large_is_a_problem()
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(context =>
            {
                context.Response.ContentType = "text/plain";
                return context
                    .Response.Body.WriteAsync(new byte[HttpMethods.IsHead(context.Request.Method) ? 5 : 7 << 20])
                    .AsTask();
            })
        );
        Assert.Equal((200, ""), await app.TextAsync(LambdaApp.Event("HEAD", "/")));
        var (status, body) = await app.TextAsync(LambdaApp.Event("GET", "/"));
        Assert.Equal(500, status);
        Assert.Contains("\"answer_too_large\"", body, StringComparison.Ordinal);
    }
}

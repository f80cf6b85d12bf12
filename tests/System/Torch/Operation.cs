using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Torch;

/// <summary>One operation as PyTorch writes it and as we do, with what it is tried on.</summary>
internal sealed record Operation(string Expression, Func<Tensor[], Tensor> Ours, params Input[] Inputs)
{
    public const int Seed = 11;

    private static readonly Input Matrix = Input.Float(3, 4);
    private static readonly Input Other = Input.Float(3, 4).Reversed();
    private static readonly Input Row = Input.Float(4);
    private static readonly Input Positive = Input.Float(3, 4).Positive();
    private static readonly Input Square = Input.Float(4, 4);
    private static readonly Input Cube = Input.Float(2, 3, 4);
    private static readonly Input Mask = Input.Mask(3, 4);
    private static readonly Input Heads = Input.Float(2, 2, 5, 4);
    private static readonly Input MoreHeads = Heads.Reversed();

    public static Operation[] All { get; } =
    [
        new("a + b", x => x[0] + x[1], Matrix, Other),
        new("a + b + 0", x => x[0] + x[1] + 0, Matrix, Row),
        new("torch.add(a, b, alpha=-0.5)", x => x[0].add(x[1], -0.5), Matrix, Other),
        new("a + 2.5", x => x[0] + 2.5, Matrix),
        new("a - b", x => x[0] - x[1], Matrix, Other),
        new("a - 3", x => x[0] - 3, Matrix),
        new("3 - a", x => 3 - x[0], Matrix),
        new("a * b", x => x[0] * x[1], Matrix, Row),
        new("a * 0.25", x => x[0] * 0.25, Matrix),
        new("a / b", x => x[0] / x[1], Matrix, Positive),
        new("a / 3", x => x[0] / 3, Matrix),
        new("a ** 3", x => x[0].pow(3), Matrix),
        new("a ** 0.5", x => x[0].pow(0.5), Positive),
        new("-a", x => -x[0], Matrix),
        new("a.abs()", x => x[0].abs(), Matrix),
        new("a.exp()", x => x[0].exp(), Matrix),
        new("a.log()", x => x[0].log(), Positive),
        new("a.sqrt()", x => x[0].sqrt(), Positive),
        new("a.rsqrt()", x => x[0].rsqrt(), Positive),
        new("a.sin()", x => x[0].sin(), Matrix),
        new("a.cos()", x => x[0].cos(), Matrix),
        new("a.tanh()", x => x[0].tanh(), Matrix),
        new("a.sigmoid()", x => x[0].sigmoid(), Matrix),
        new("a.clamp_min(0.2)", x => x[0].clamp_min(0.2), Matrix),
        new("a.clamp_max(0.2)", x => x[0].clamp_max(0.2), Matrix),
        new("torch.maximum(a, b)", x => maximum(x[0], x[1]), Matrix, Other),
        new("torch.minimum(a, b)", x => minimum(x[0], x[1]), Matrix, Other),
        new("torch.where(a, b, c)", x => where(x[0], x[1], x[2]), Mask, Matrix, Other),
        new("b.masked_fill(a, -1.5)", x => x[1].masked_fill(x[0], -1.5), Mask, Matrix),
        new("a.isfinite() & b", x => x[0].log().isfinite().logical_and(x[1]).logical_or(x[1]), Positive, Mask),
        new("~a", x => x[0].logical_not(), Mask),
        new("a == b", x => x[0].eq(x[1]), Matrix, Other),
        new("a == 3", x => x[0].eq(3), Input.Index(7, 3, 4)),
        new("a != 3", x => x[0].ne(3), Input.Index(7, 3, 4)),
        new("a != b", x => x[0].ne(x[1]), Matrix, Matrix),
        new("a < b", x => x[0].lt(x[1]), Matrix, Other),
        new("a < 0.1", x => x[0].lt(0.1), Matrix),
        new("a <= b", x => x[0].le(x[1]), Matrix, Matrix),
        new("a <= 3", x => x[0].le(3), Input.Index(7, 3, 4)),
        new("a > b", x => x[0].gt(x[1]), Matrix, Other),
        new("a > 0.1", x => x[0].gt(0.1), Matrix),
        new("a >= b", x => x[0].ge(x[1]), Matrix, Matrix),
        new("a >= 3", x => x[0].ge(3), Input.Index(7, 3, 4)),
        new("a * 3", x => x[0] * 3, Input.Index(7, 3, 4)),
        new("a @ b", x => x[0].matmul(x[1]), Matrix, Square),
        new("torch.matmul(a, b)", x => matmul(x[0], x[1]), Cube, Square),
        new("torch.mm(a, b)", x => mm(x[0], x[1]), Matrix, Square),
        new("torch.mv(a, b)", x => mv(x[0], x[1]), Matrix, Row),
        new("torch.bmm(a, a.transpose(1, 2))", x => bmm(x[0], x[0].transpose(1, 2)), Cube),
        new("torch.addmm(a, b, c)", x => addmm(x[0], x[1], x[2]), Row, Matrix, Square),
        new("a.clone().add_(b, alpha=2)", x => x[0].clone().add_(x[1], 2), Matrix, Other),
        new("a.clone().add_(b).add_(1)", x => x[0].clone().add_(x[1]).add_(1), Matrix, Other),
        new("a.clone().sub_(b)", x => x[0].clone().sub_(x[1]), Matrix, Other),
        new("a.clone().mul_(b).mul_(3)", x => x[0].clone().mul_(x[1]).mul_(3), Matrix, Other),
        new("a.clone().div_(b).div_(3)", x => x[0].clone().div_(x[1]).div_(3), Matrix, Positive),
        new(
            "a.clone().addcmul_(b, c, value=0.3)",
            x => x[0].clone().addcmul_(x[1], x[2], 0.3),
            Matrix,
            Other,
            Positive
        ),
        new(
            "a.clone().addcdiv_(b, c, value=0.3)",
            x => x[0].clone().addcdiv_(x[1], x[2], 0.3),
            Matrix,
            Other,
            Positive
        ),
        new("a.clone().sqrt_()", x => x[0].clone().sqrt_(), Positive),
        new("torch.empty(5).fill_(4)", _ => empty([5]).fill_(4)),
        new("torch.ones(5, dtype=torch.bfloat16).zero_()", _ => ones([5], ScalarType.BFloat16).zero_()),
        new("torch.zeros(3, 4).copy_(a)", x => zeros([3, 4]).copy_(x[0]), Input.Index(7, 3, 4)),
        new("a.reshape(2, -1)", x => x[0].reshape(2, -1), Matrix),
        new("a.view(12)", x => x[0].view(12), Matrix),
        new("a.expand(3, 4)", x => x[0].expand(3, 4), Row),
        new("a.permute(2, 0, 1)", x => x[0].permute(2, 0, 1), Cube),
        new("a.transpose(0, -1).contiguous()", x => x[0].transpose(0, -1).contiguous(), Cube),
        new("a.t()", x => x[0].t(), Matrix),
        new("a.unsqueeze(1)", x => x[0].unsqueeze(1), Matrix),
        new("a.unsqueeze(1).squeeze(1)", x => x[0].unsqueeze(1).squeeze(1), Matrix),
        new("a.flatten(1)", x => x[0].flatten(1), Cube),
        new("a.select(1, -1)", x => x[0].select(1, -1), Cube),
        new("a.narrow(2, 1, 2)", x => x[0].narrow(2, 1, 2), Cube),
        new("a.repeat_interleave(2, 1)", x => x[0].repeat_interleave(2, 1), Cube),
        new("a.index_select(0, b)", x => x[0].index_select(0, x[1]), Matrix, Input.Index(3, 5)),
        new("a.gather(1, b)", x => x[0].gather(1, x[1]), Matrix, Input.Index(4, 3, 2)),
        new(
            "a.clone().index_add_(0, b, c)",
            x => x[0].clone().index_add_(0, x[1], x[2]),
            Matrix,
            Input.Index(3, 5),
            Input.Float(5, 4)
        ),
        new("torch.tril(a, 1)", x => tril(x[0], 1), Square),
        new("torch.triu(a)", x => triu(x[0]), Square),
        new("torch.cat([a, b], 1)", x => cat([x[0], x[1]], 1), Matrix, Other),
        new("torch.stack([a, b, a], -1)", x => stack([x[0], x[1], x[0]], -1), Matrix, Other),
        new("a.chunk(3, 1)[1]", x => x[0].chunk(3, 1)[1], Matrix),
        new("a.sum()", x => x[0].sum(), Matrix),
        new("a.sum([0, 2], True)", x => x[0].sum([0, 2], keepdim: true), Cube),
        new("a.sum(1)", x => x[0].sum([1]), Mask),
        new("a.mean()", x => x[0].mean(), Matrix),
        new("a.mean(-1)", x => x[0].mean([-1]), Cube),
        new("a.norm()", x => x[0].norm(2), Matrix),
        new("a.norm(1, [1, 2], True)", x => x[0].norm(1, [1, 2], keepdim: true), Cube),
        new("a.amax(1)", x => x[0].amax([1]), Matrix),
        new("a.amin()", x => x[0].amin(), Matrix),
        new("a.argmax(-1)", x => x[0].argmax(-1), Matrix),
        new("a.cumsum(1)", x => x[0].cumsum(1), Matrix),
        new("a.logsumexp(-1, True)", x => x[0].logsumexp([-1], keepdim: true), Matrix),
        new("a.all()", x => x[0].all(), Mask),
        new("a.any()", x => x[0].any(), Mask),
        new("a.topk(2, 1)[0]", x => x[0].topk(2, 1).Values, Matrix),
        new("a.topk(2, 0)[1]", x => x[0].topk(2, 0).Indices, Matrix),
        new("a.sort(1, True)[0]", x => x[0].sort(1, descending: true).Values, Matrix),
        new("a.sort()[1]", x => x[0].sort().Indices, Matrix),
        new("F.linear(a, b, c)", x => F.linear(x[0], x[1], x[2]), Cube, Input.Float(5, 4), Input.Float(5)),
        new("F.linear(a, b)", x => F.linear(x[0], x[1]), Cube, Input.Float(5, 4)),
        new("F.embedding(a, b)", x => F.embedding(x[0], x[1]), Input.Index(6, 2, 5), Input.Float(6, 3)),
        new(
            "F.layer_norm(a, [4], b, c, 1e-3)",
            x => F.layer_norm(x[0], [4], x[1], x[2], 1e-3),
            Cube,
            Row,
            Row.Reversed()
        ),
        new("F.layer_norm(a, [3, 4])", x => F.layer_norm(x[0], [3, 4]), Cube),
        new(
            "a * (a ** 2).mean(-1, True).add(1e-6).rsqrt() * b",
            x => x[0] * x[0].pow(2).mean([-1], keepdim: true).add(1e-6).rsqrt() * x[1],
            Cube,
            Row
        ),
        new("F.softmax(a, -1)", x => F.softmax(x[0], -1), Cube),
        new("F.log_softmax(a, 1)", x => F.log_softmax(x[0], 1), Cube),
        new("F.relu(a)", x => F.relu(x[0]), Matrix),
        new("F.silu(a)", x => F.silu(x[0]), Matrix),
        new("F.gelu(a)", x => F.gelu(x[0]), Matrix),
        new("F.gelu(a, approximate='tanh')", x => F.gelu(x[0], tanh: true), Matrix),
        new("F.dropout(a, 0.4)", x => F.dropout(x[0], 0.4), Matrix),
        new("F.dropout(a, 0.4, False)", x => F.dropout(x[0], 0.4, training: false), Matrix),
        new("F.cross_entropy(a, b)", x => F.cross_entropy(x[0], x[1]), Matrix, Input.Index(4, 3)),
        new(
            "F.cross_entropy(a.transpose(1, 2), b, reduction='none')",
            x => F.cross_entropy(x[0].transpose(1, 2), x[1], reduction: Reduction.None),
            Cube,
            Input.Index(4, 2, 3)
        ),
        new(
            "F.cross_entropy(a, b, c.detach(), reduction='sum', ignore_index=1)",
            x => F.cross_entropy(x[0], x[1], x[2].detach(), Reduction.Sum, 1),
            Matrix,
            Input.Index(4, 3),
            Row.Positive()
        ),
        new(
            "F.nll_loss(F.log_softmax(a, 1), b)",
            x => F.nll_loss(F.log_softmax(x[0], 1), x[1]),
            Matrix,
            Input.Index(4, 3)
        ),
        new(
            "F._scaled_dot_product_attention(a, b, c)[0]",
            x => F.scaled_dot_product_attention(x[0], x[1], x[2]),
            Heads,
            MoreHeads,
            Heads
        ),
        new(
            "F._scaled_dot_product_attention(a, b, c, is_causal=True)[0]",
            x => F.scaled_dot_product_attention(x[0], x[1], x[2], is_causal: true),
            Heads,
            MoreHeads,
            Heads
        ),
        new(
            "F._scaled_dot_product_attention(a, b, c, d)[0]",
            x => F.scaled_dot_product_attention(x[0], x[1], x[2], x[3]),
            Heads,
            MoreHeads,
            Heads,
            Input.Mask(5, 5).WithDiagonal()
        ),
        new(
            "(a.to(torch.bfloat16) @ b.to(torch.bfloat16)).to(torch.float32)",
            x => x[0].to(ScalarType.BFloat16).matmul(x[1].to(ScalarType.BFloat16)).to(ScalarType.Float32),
            Matrix,
            Square
        ),
        new("a.to(torch.bfloat16) * 3", x => x[0].to(ScalarType.BFloat16) * 3, Matrix),
        new("a.to(torch.int64)", x => x[0].to(ScalarType.Int64), Mask),
        new("a.detach() * a", x => x[0].detach() * x[0], Matrix),
        new("torch.full((2, 2), 7, dtype=torch.int64)", _ => full([2, 2], 7, ScalarType.Int64)),
        new("torch.arange(1, 2, 0.25)", _ => arange(1, 2, 0.25, ScalarType.Float32)),
        new("torch.arange(5)", _ => arange(5)),
        new(
            "torch.zeros_like(a) + torch.ones_like(a) * 2 + torch.full_like(a, 0.5)",
            x => zeros_like(x[0]) + ones_like(x[0]) * 2 + full_like(x[0], 0.5),
            Matrix
        ),
        new("torch.randn(3, 4)", _ => randn([3, 4])),
        new("torch.rand(3, 4)", _ => rand([3, 4])),
        new("torch.randint(2, 9, (3, 4))", _ => randint(2, 9, [3, 4])),
        new("torch.randperm(9)", _ => randperm(9)),
        new("torch.multinomial(a, 3, True)", x => multinomial(x[0], 3, replacement: true), Positive),
        new("torch.empty(7).normal_(1, 2)", _ => empty([7]).normal_(1, 2)),
        new("torch.empty(7).uniform_(-1, 2)", _ => empty([7]).uniform_(-1, 2)),
        new("torch.empty(7).bernoulli_(0.3)", _ => empty([7]).bernoulli_(0.3)),
        new("torch.tensor(2.5) * a", x => tensor(2.5f) * x[0], Matrix),
    ];

    public override string ToString() => Expression;
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

// Stand-ins for protocols that are not on npm: the functions that are read, with the units and the failures that their authors
// document, and setters to bring them into a state. They prove that a source asks and scales right, not how the protocol behaves.

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// OpenZeppelin's ERC-4626 with the constant limits of Morpho's second vaults: they answer 0 whatever can be taken.
contract ZeroLimitVaultStandIn is ERC4626 {
    bool public locked;

    error NotNow();

    constructor(IERC20 asset_) ERC20("Zero Limit", "ZL") ERC4626(asset_) {}

    function lock(bool value) external {
        locked = value;
    }

    function maxWithdraw(address) public pure override returns (uint256) {
        return 0;
    }

    function redeem(uint256 shares, address receiver, address owner) public override returns (uint256 assets) {
        if (locked) revert NotNow();
        assets = previewRedeem(shares);
        _withdraw(msg.sender, receiver, owner, assets, shares);
    }
}

/// ERC-7540 redemptions over OpenZeppelin's ERC-4626: requests wait until they are served; the previews revert, as the EIP demands.
contract AsyncVaultStandIn is ERC4626 {
    mapping(address controller => uint256) private _pending;
    mapping(address controller => uint256) private _claimable;

    event RedeemRequest(
        address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 shares
    );

    constructor(IERC20 asset_) ERC20("Async", "AS") ERC4626(asset_) {}

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x620ee8e4 || id == 0x01ffc9a7;
    }

    function requestRedeem(uint256 shares, address controller, address owner) external returns (uint256) {
        _transfer(owner, address(this), shares);
        _pending[controller] += shares;
        emit RedeemRequest(controller, owner, 0, msg.sender, shares);
        return 0;
    }

    function serve(address controller, uint256 shares) external {
        _pending[controller] -= shares;
        _claimable[controller] += shares;
    }

    function pendingRedeemRequest(uint256, address controller) external view returns (uint256) {
        return _pending[controller];
    }

    function claimableRedeemRequest(uint256, address controller) external view returns (uint256) {
        return _claimable[controller];
    }

    function previewRedeem(uint256) public pure override returns (uint256) {
        revert("async");
    }

    function maxWithdraw(address controller) public view override returns (uint256) {
        return convertToAssets(_claimable[controller]);
    }

    function redeem(uint256 shares, address receiver, address controller) public override returns (uint256 assets) {
        _claimable[controller] -= shares;
        assets = convertToAssets(shares);
        _burn(address(this), shares);
        IERC20(asset()).transfer(receiver, assets);
        emit Withdraw(msg.sender, receiver, controller, assets, shares);
    }
}

contract SiloStandIn {}

/// Ethena's StakedUSDeV2: with a cooldown, leaving starts by `cooldownShares` and `redeem` reverts; without, the other way round.
contract CooldownVaultStandIn is ERC4626 {
    struct UserCooldown {
        uint104 cooldownEnd;
        uint152 underlyingAmount;
    }

    address public immutable silo = address(new SiloStandIn());
    uint24 public cooldownDuration = 7 days;
    mapping(address => UserCooldown) public cooldowns;
    bool public stopped;

    error OperationNotAllowed();

    constructor(IERC20 asset_) ERC20("Cooldown", "CD") ERC4626(asset_) {}

    function setCooldownDuration(uint24 duration) external {
        cooldownDuration = duration;
    }

    function stop(bool value) external {
        stopped = value;
    }

    function cooldownShares(uint256 shares) external returns (uint256 assets) {
        if (cooldownDuration == 0 || stopped) revert OperationNotAllowed();
        assets = previewRedeem(shares);
        cooldowns[msg.sender].cooldownEnd = uint104(block.timestamp) + cooldownDuration;
        cooldowns[msg.sender].underlyingAmount += uint152(assets);
        _withdraw(msg.sender, silo, msg.sender, assets, shares);
    }

    function redeem(uint256 shares, address receiver, address owner) public override returns (uint256) {
        if (cooldownDuration > 0 || stopped) revert OperationNotAllowed();
        return super.redeem(shares, receiver, owner);
    }
}

/// Stream's StableWrapper: takes the asset one to one, its owner may move it out, withdrawals wait for the next epoch.
contract StreamWrapperStandIn is ERC20 {
    address public immutable asset;
    uint32 public currentEpoch = 1;
    uint256 public withdrawalAmountForEpoch;

    constructor(address asset_) ERC20("Stream Wrapper", "SW") {
        asset = asset_;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function deposit(uint256 amount) external {
        IERC20(asset).transferFrom(msg.sender, address(this), amount);
        _mint(msg.sender, amount);
    }

    function initiateWithdrawal(uint256 amount) external {
        _burn(msg.sender, amount);
        withdrawalAmountForEpoch += amount;
    }

    function transferAsset(address to, uint256 amount) external {
        IERC20(asset).transfer(to, amount);
    }

    function advanceEpoch() external {
        currentEpoch += 1;
        withdrawalAmountForEpoch = 0;
    }
}

/// Stream's StreamVault: the price per share is what the keeper types.
contract StreamVaultStandIn is ERC20 {
    address public immutable stableWrapper;
    uint256 public round = 1;
    mapping(uint256 => uint256) public roundPricePerShare;
    uint256 public totalStaked;
    uint256 public omniTotalSupply;

    constructor(address wrapper) ERC20("Stream USD", "xUSD") {
        stableWrapper = wrapper;
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function rollToNextRound(uint256 price, uint256 staked, uint256 supply) external {
        roundPricePerShare[round] = price;
        round += 1;
        totalStaked = staked;
        omniTotalSupply = supply;
    }
}

/// Curve's StableSwap of two coins (A = 200, fee 4 bp), after the published invariant; `exchange` moves balances and no tokens.
contract CurvePoolStandIn {
    uint256 private constant A = 200;
    address[2] private _coins;
    uint256[2] private _balances;
    uint256[2] private _rates;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );

    constructor(address[2] memory coins_, uint256[2] memory balances_, uint256[2] memory rates_) {
        _coins = coins_;
        _balances = balances_;
        _rates = rates_;
    }

    function coins(uint256 i) external view returns (address) {
        return _coins[i];
    }

    function balances(uint256 i) external view returns (uint256) {
        return _balances[i];
    }

    function stored_rates() external view returns (uint256[] memory rates) {
        rates = new uint256[](2);
        (rates[0], rates[1]) = (_rates[0], _rates[1]);
    }

    function get_dy(int128 i, int128 j, uint256 dx) public view returns (uint256) {
        (uint256 from, uint256 to) = (uint256(uint128(i)), uint256(uint128(j)));
        uint256[2] memory xp = _xp();
        uint256 y = _y(xp[from] + dx * _rates[from] / 1e18, _d(xp));
        uint256 dy = xp[to] - y - 1;
        return (dy - dy * 4 / 10_000) * 1e18 / _rates[to];
    }

    function exchange(int128 i, int128 j, uint256 dx) external {
        uint256 dy = get_dy(i, j, dx);
        _balances[uint256(uint128(i))] += dx;
        _balances[uint256(uint128(j))] -= dy;
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }

    /// Rises with every fee, whatever the coins are worth.
    function get_virtual_price() external view returns (uint256) {
        return _d(_xp());
    }

    function _xp() private view returns (uint256[2] memory) {
        return [_balances[0] * _rates[0] / 1e18, _balances[1] * _rates[1] / 1e18];
    }

    function _d(uint256[2] memory xp) private pure returns (uint256 d) {
        uint256 s = xp[0] + xp[1];
        d = s;
        for (uint256 k = 0; k < 255; k++) {
            uint256 p = d * d / (xp[0] * 2) * d / (xp[1] * 2);
            uint256 before = d;
            d = (A * 2 * s + p * 2) * d / ((A * 2 - 1) * d + 3 * p);
            if (d > before ? d - before <= 1 : before - d <= 1) break;
        }
    }

    function _y(uint256 x, uint256 d) private pure returns (uint256 y) {
        uint256 c = d * d / (x * 2) * d / (A * 4);
        uint256 b = x + d / (A * 2);
        y = d;
        for (uint256 k = 0; k < 255; k++) {
            uint256 before = y;
            y = (y * y + c) / (2 * y + b - d);
            if (y > before ? y - before <= 1 : before - y <= 1) break;
        }
    }
}

/// A pool of Curve's crypto generation, told by its uint256 indices; its curve here is x·y.
contract CurveCryptoPoolStandIn {
    address[2] private _coins;
    uint256[2] public balances;

    event TokenExchange(
        address indexed buyer, uint256 sold_id, uint256 tokens_sold, uint256 bought_id, uint256 tokens_bought
    );
    event TokenExchange(
        address indexed buyer,
        uint256 sold_id,
        uint256 tokens_sold,
        uint256 bought_id,
        uint256 tokens_bought,
        uint256 fee,
        uint256 packed_price_scale
    );

    constructor(address[2] memory coins_, uint256[2] memory balances_) {
        _coins = coins_;
        balances = balances_;
    }

    function coins(uint256 i) external view returns (address) {
        return _coins[i];
    }

    function get_dy(uint256 i, uint256 j, uint256 dx) public view returns (uint256) {
        return balances[j] * dx / (balances[i] + dx);
    }

    /// `ng`: tells of the trade as Twocrypto-NG and Tricrypto-NG do.
    function exchange(uint256 i, uint256 j, uint256 dx, bool ng) external {
        uint256 dy = get_dy(i, j, dx);
        balances[i] += dx;
        balances[j] -= dy;
        if (ng) emit TokenExchange(msg.sender, i, dx, j, dy, 1, 2);
        else emit TokenExchange(msg.sender, i, dx, j, dy);
    }
}

/// Balancer v3's Vault and Router in one, for a single x·y pool; like the real Router it quotes for nobody but a static call.
contract BalancerV3StandIn {
    struct TokenInfo {
        uint8 tokenType;
        address rateProvider;
        bool paysYieldFees;
    }

    address[] private _tokens;
    uint256[] private _balances;
    uint256[] private _live;
    bool public paused;

    error NotStaticCall();

    constructor(address[] memory tokens, uint256[] memory balances, uint256[] memory live) {
        (_tokens, _balances, _live) = (tokens, balances, live);
    }

    function pause(bool value) external {
        paused = value;
    }

    function getPoolTokenInfo(address)
        external
        view
        returns (address[] memory, TokenInfo[] memory, uint256[] memory, uint256[] memory)
    {
        return (_tokens, new TokenInfo[](_tokens.length), _balances, _live);
    }

    function getCurrentLiveBalances(address) external view returns (uint256[] memory) {
        return _live;
    }

    function isPoolPaused(address) external view returns (bool) {
        return paused;
    }

    function querySwapSingleTokenExactIn(address, address tokenIn, address tokenOut, uint256 amount, address, bytes memory)
        external
        view
        returns (uint256)
    {
        if (tx.origin != address(0)) revert NotStaticCall();
        uint256 i = _tokens[0] == tokenIn ? 0 : 1;
        require(_tokens[i] == tokenIn && _tokens[1 - i] == tokenOut, "tokens");
        return _balances[1 - i] * amount / (_balances[i] + amount);
    }
}

/// Exchange rates of liquid staking tokens, each under the name that its protocol gives it.
contract RateStandIn {
    uint256 private _rate;

    constructor(uint256 rate) {
        _rate = rate;
    }

    function set(uint256 rate) external {
        _rate = rate;
    }

    function getPooledEthByShares(uint256 shares) external view returns (uint256) {
        return shares * _rate / 1e18;
    }

    function stEthPerToken() external view returns (uint256) {
        return _rate;
    }

    function getExchangeRate() external view returns (uint256) {
        return _rate;
    }

    function exchangeRate() external view returns (uint256) {
        return _rate;
    }

    function getRate() external view returns (uint256) {
        return _rate;
    }

    function rsETHPrice() external view returns (uint256) {
        return _rate;
    }

    function pricePerShare() external view returns (uint256) {
        return _rate;
    }
}

/// Lido's WithdrawalQueueERC721.
contract WithdrawalQueueStandIn {
    struct WithdrawalRequestStatus {
        uint256 amountOfStETH;
        uint256 amountOfShares;
        address owner;
        uint256 timestamp;
        bool isFinalized;
        bool isClaimed;
    }

    WithdrawalRequestStatus[] private _requests;
    uint256 public getLastFinalizedRequestId;
    uint256 public unfinalizedStETH;
    bool public isPaused;
    bool public isBunkerModeActive;

    error InvalidRequestId(uint256 id);

    function request(uint256 amount) external {
        _requests.push(WithdrawalRequestStatus(amount, amount, msg.sender, block.timestamp, false, false));
        unfinalizedStETH += amount;
    }

    function finalize() external {
        unfinalizedStETH -= _requests[getLastFinalizedRequestId].amountOfStETH;
        getLastFinalizedRequestId += 1;
    }

    function set(bool paused, bool bunker) external {
        (isPaused, isBunkerModeActive) = (paused, bunker);
    }

    function getLastRequestId() external view returns (uint256) {
        return _requests.length;
    }

    function getWithdrawalStatus(uint256[] calldata ids) external view returns (WithdrawalRequestStatus[] memory found) {
        found = new WithdrawalRequestStatus[](ids.length);
        for (uint256 k = 0; k < ids.length; k++) {
            if (ids[k] == 0 || ids[k] > _requests.length) revert InvalidRequestId(ids[k]);
            found[k] = _requests[ids[k] - 1];
        }
    }
}

/// EigenLayer: a strategy, the DelegationManager and the AllocationManager in one.
contract EigenStandIn {
    address public underlyingToken;
    uint256 public totalShares;
    uint256 public paused;
    uint32 public minWithdrawalDelayBlocks = 100_800;
    uint256 private _rate = 1e18;
    uint64 private _magnitude = 1e18;
    uint256 private _shares;
    uint256 private _queued;

    constructor(address token) {
        underlyingToken = token;
    }

    function set(uint256 shares, uint256 rate, uint256 bitmap) external {
        (totalShares, _rate, paused) = (shares, rate, bitmap);
    }

    function setOperator(uint256 shares, uint256 queued, uint64 magnitude) external {
        (_shares, _queued, _magnitude) = (shares, queued, magnitude);
    }

    function sharesToUnderlyingView(uint256 shares) external view returns (uint256) {
        return shares * _rate / 1e18;
    }

    function operatorShares(address, address) external view returns (uint256) {
        return _shares;
    }

    function getSlashableSharesInQueue(address, address) external view returns (uint256) {
        return _queued;
    }

    function getMaxMagnitude(address, address) external view returns (uint64) {
        return _magnitude;
    }
}

/// Ondo's RWADynamicOracle (USDY): ranges of days that compound; beyond the last one its price stands still.
contract DynamicOracleStandIn {
    struct Range {
        uint256 start;
        uint256 end;
        uint256 dailyInterestRate;
        uint256 prevRangeClosePrice;
    }

    Range[] public ranges;
    uint256 public getPrice;

    function add(uint256 start, uint256 end, uint256 price) external {
        ranges.push(Range(start, end, 1e27, price));
        getPrice = price;
    }
}

/// Ondo's RWAOracleExternalComparisonCheck (OUSG): a price that somebody posts, and when.
contract PostedOracleStandIn {
    uint256 private _price;
    uint256 private _at;

    function post(uint256 price) external {
        (_price, _at) = (price, block.timestamp);
    }

    function getPriceData() external view returns (uint256, uint256) {
        return (_price, _at);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// Stand-ins for lending protocols whose contracts are not on npm. They keep one simple book and answer the documented
/// views of each protocol from it; nothing here is the protocols' own code.
contract BookToken is ERC20 {
    uint8 private immutable _decimals;

    constructor(string memory symbol_, uint8 decimals_) ERC20(symbol_, symbol_) {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 value) external {
        _mint(to, value);
    }
}

/// A price in 18 decimals that somebody sets.
contract LivePrice {
    uint256 public value;

    constructor(uint256 value_) {
        value = value_;
    }

    function set(uint256 value_) external {
        value = value_;
    }
}

/// A price in 18 decimals that is part of the code.
contract FixedPrice {
    function value() external pure returns (uint256) {
        return 1.265e18;
    }
}

interface Price {
    function value() external view returns (uint256);
}

/// What is lent, what is owed and what is posted; lenders' tokens lie in the contract itself.
abstract contract Book {
    BookToken internal immutable lent;
    BookToken internal immutable posted;
    Price internal oracle_;
    uint256 internal owed;
    uint256 internal allPosted;
    bool internal stopped;
    mapping(address => uint256) internal debts;
    mapping(address => uint256) internal deposits;

    constructor(BookToken lent_, BookToken posted_, Price price_) {
        lent = lent_;
        posted = posted_;
        oracle_ = price_;
    }

    function post(address account, uint256 amount) external {
        deposits[account] += amount;
        allPosted += amount;
    }

    function take(address account, uint256 amount) external {
        lent.transfer(account, amount);
        debts[account] += amount;
        owed += amount;
    }

    function stop(bool stopped_) external {
        stopped = stopped_;
    }

    function follow(Price price_) external {
        oracle_ = price_;
    }

    function idle() internal view returns (uint256) {
        return lent.balanceOf(address(this));
    }
}

contract CometStandIn is Book {
    struct AssetInfo {
        uint8 offset;
        address asset;
        address priceFeed;
        uint64 scale;
        uint64 borrowCollateralFactor;
        uint64 liquidateCollateralFactor;
        uint64 liquidationFactor;
        uint128 supplyCap;
    }

    int256 public reserves;

    constructor(BookToken l, BookToken p, Price o) Book(l, p, o) {}

    function baseToken() external view returns (address) {
        return address(lent);
    }

    function baseTokenPriceFeed() external pure returns (address) {
        return address(1);
    }

    function totalSupply() external view returns (uint256) {
        return idle() + owed;
    }

    function totalBorrow() external view returns (uint256) {
        return owed;
    }

    function getUtilization() public view returns (uint256) {
        uint256 all = idle() + owed;
        return all == 0 ? 0 : (owed * 1e18) / all;
    }

    function getBorrowRate(uint256 utilization) external pure returns (uint64) {
        return uint64(utilization / 31_536_000 / 10);
    }

    function getSupplyRate(uint256 utilization) external pure returns (uint64) {
        return uint64(utilization / 31_536_000 / 20);
    }

    function getPrice(address feed) external view returns (uint256) {
        if (feed == address(1)) return 1e8;
        uint256 price = oracle_.value() / 1e10;
        require(price > 0, "BadPrice");
        return price;
    }

    function getReserves() external view returns (int256) {
        return reserves;
    }

    function absorb(int256 reserves_) external {
        reserves = reserves_;
    }

    function isWithdrawPaused() external view returns (bool) {
        return stopped;
    }

    function numAssets() external pure returns (uint8) {
        return 1;
    }

    function getAssetInfo(uint8) external view returns (AssetInfo memory) {
        return AssetInfo(0, address(posted), address(2), 1e6, 0.85e18, 0.9e18, 0.95e18, 2_000_000e6);
    }

    function totalsCollateral(address) external view returns (uint128, uint128) {
        return (uint128(allPosted), 0);
    }

    function userCollateral(address account, address) external view returns (uint128, uint128) {
        return (uint128(deposits[account]), 0);
    }

    function borrowBalanceOf(address account) external view returns (uint256) {
        return debts[account];
    }
}

contract EulerStandIn is Book {
    address public constant unitOfAccount = 0x0000000000000000000000000000000000000348;
    uint256 public constant interestRate = 3_170_979_198_376_458_650;

    constructor(BookToken l, BookToken p, Price o) Book(l, p, o) {}

    function asset() external view returns (address) {
        return address(lent);
    }

    function oracle() external view returns (address) {
        return address(this);
    }

    function cash() external view returns (uint256) {
        return idle();
    }

    function totalBorrows() external view returns (uint256) {
        return owed;
    }

    function interestFee() external pure returns (uint16) {
        return 1000;
    }

    /// 2,000,000 tokens of 6 decimals as AmountCap: 200 hundredths times 10^12.
    function caps() external pure returns (uint16, uint16) {
        return ((200 << 6) | 12, 0);
    }

    function hookConfig() external view returns (address, uint32) {
        return (address(0), stopped ? 4 | 8 : 0);
    }

    function LTVList() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(this.collateralVault());
    }

    function LTVLiquidation(address) external pure returns (uint16) {
        return 9000;
    }

    function debtOf(address account) external view returns (uint256) {
        return debts[account];
    }

    function getQuote(uint256 amount, address base, address) external view returns (uint256) {
        if (base == address(lent)) return amount * 1e12;
        uint256 price = oracle_.value();
        require(price > 0, "PriceOracle_TooStale");
        return (amount * price) / 1e6;
    }

    EulerCollateralStandIn public collateralVault;

    function open() external {
        collateralVault = new EulerCollateralStandIn(posted, this);
    }

    function depositOf(address account) external view returns (uint256) {
        return deposits[account];
    }
}

/// The vault whose shares secure loans; a share is a token.
contract EulerCollateralStandIn {
    BookToken public immutable asset;
    EulerStandIn private immutable _market;

    constructor(BookToken asset_, EulerStandIn market) {
        asset = asset_;
        _market = market;
    }

    function decimals() external view returns (uint8) {
        return asset.decimals();
    }

    function balanceOf(address account) external view returns (uint256) {
        return _market.depositOf(account);
    }

    function convertToAssets(uint256 shares) external pure returns (uint256) {
        return shares;
    }
}

contract SiloStandIn is Book {
    struct ConfigData {
        uint256 daoFee;
        uint256 deployerFee;
        address silo;
        address token;
        address protectedShareToken;
        address collateralShareToken;
        address debtShareToken;
        address solvencyOracle;
        address maxLtvOracle;
        address interestRateModel;
        uint256 maxLtv;
        uint256 lt;
        uint256 liquidationTargetLtv;
        uint256 liquidationFee;
        uint256 flashloanFee;
        address hookReceiver;
        bool callBeforeQuote;
    }

    bool public withoutOracle;

    constructor(BookToken l, BookToken p, Price o) Book(l, p, o) {}

    function asset() external view returns (address) {
        return address(lent);
    }

    function config() external view returns (address) {
        return address(this);
    }

    function getCollateralAssets() external view returns (uint256) {
        return idle() + owed;
    }

    function getDebtAssets() external view returns (uint256) {
        return owed;
    }

    function getLiquidity() external view returns (uint256) {
        return idle();
    }

    function getSilos() external view returns (address, address) {
        return (address(posted), address(this));
    }

    function getConfig(address silo) external view returns (ConfigData memory data) {
        require(silo == address(this) || silo == address(posted), "WrongSilo");
        data.silo = silo;
        data.token = silo == address(this) ? address(lent) : silo;
        data.lt = 0.9e18;
        if (silo != address(this) && !withoutOracle) data.solvencyOracle = address(this);
    }

    function dropOracle(bool drop) external {
        withoutOracle = drop;
    }

    function quoteToken() external view returns (address) {
        return address(lent);
    }

    function quote(uint256 amount, address) external view returns (uint256) {
        return (amount * oracle_.value()) / 1e18;
    }

    function maxRepay(address account) external view returns (uint256) {
        return debts[account];
    }

    function collateralBalanceOfUnderlying(address silo, address account) external view returns (uint256) {
        return silo == address(posted) ? deposits[account] : 0;
    }

    function getBorrowAPR(address) external pure returns (uint256) {
        return 0.1e18;
    }

    function getDepositAPR(address) external pure returns (uint256) {
        return 0.05e18;
    }
}

contract GearboxStandIn is Book {
    uint256 public constant baseInterestRate = 0.1e27;
    uint256 public constant supplyRate = 0.08e27;
    uint256 public constant totalDebtLimit = 3_000_000e6;

    constructor(BookToken l, BookToken p, Price o) Book(l, p, o) {}

    function underlyingToken() external view returns (address) {
        return address(lent);
    }

    function expectedLiquidity() external view returns (uint256) {
        return idle() + owed;
    }

    function availableLiquidity() external view returns (uint256) {
        return idle();
    }

    struct DebtAndCollateral {
        uint256 debt;
        uint256 cumulativeIndexNow;
        uint256 cumulativeIndexLastUpdate;
        uint128 cumulativeQuotaInterest;
        uint256 accruedInterest;
        uint256 accruedFees;
        uint256 totalDebtUSD;
        uint256 totalValue;
        uint256 totalValueUSD;
        uint256 twvUSD;
        uint256 enabledTokensMask;
        uint256 quotedTokensMask;
        address[] quotedTokens;
        address poolQuotaKeeper;
    }

    /// Its one credit manager and price oracle, which have one credit account.
    function creditManagers() external view returns (address[] memory managers) {
        managers = new address[](1);
        managers[0] = address(this);
    }

    function creditAccounts(uint256, uint256) external view returns (address[] memory accounts) {
        accounts = new address[](account == address(0) ? 0 : 1);
        if (account != address(0)) accounts[0] = account;
    }

    address private account;

    function open(address account_) external {
        account = account_;
    }

    function calcDebtAndCollateral(address account_, uint8 task) external view returns (DebtAndCollateral memory data) {
        require(task == 1, "IncorrectParameterException");
        data.debt = (debts[account_] * 9) / 10;
        data.accruedInterest = debts[account_] / 20;
        data.accruedFees = debts[account_] - data.debt - data.accruedInterest;
        data.enabledTokensMask = 2;
    }

    function getTokenByMask(uint256 mask) external view returns (address) {
        return mask == 1 ? address(lent) : address(posted);
    }

    function priceOracle() external view returns (address) {
        return address(this);
    }

    function getPrice(address token) external view returns (uint256) {
        return token == address(lent) ? 1e8 : oracle_.value() / 1e10;
    }

    function paused() external view returns (bool) {
        return stopped;
    }
}

/// A market of Compound v2 or Venus, its comptroller and its oracle in one. One cToken is one token.
contract CTokenStandIn is Book {
    uint256 public constant borrowRatePerBlock = 1e10;
    uint256 public constant supplyRatePerBlock = 5e9;
    uint256 public totalReserves;
    uint256 public loanPrice = 1e18;
    uint256 private accruedAt = type(uint256).max;
    uint256 private owedElsewhere;
    PostedCTokenStandIn public immutable postedMarket;

    constructor(BookToken l, BookToken p, Price o) Book(l, p, o) {
        postedMarket = new PostedCTokenStandIn(address(p));
    }

    /// From now on nobody accrues.
    function lag(uint256 reserves) external {
        accruedAt = block.number;
        totalReserves = reserves;
    }

    function priceLoan(uint256 price) external {
        loanPrice = price;
    }

    function oweElsewhere(uint256 amount) external {
        owedElsewhere = amount;
    }

    function accrualBlockNumber() external view returns (uint256) {
        return accruedAt < block.number ? accruedAt : block.number;
    }

    function underlying() external view returns (address) {
        return address(lent);
    }

    function comptroller() external view returns (address) {
        return address(this);
    }

    function oracle() external view returns (address) {
        return address(this);
    }

    function getUnderlyingPrice(address ctoken) external view returns (uint256) {
        return (ctoken == address(this) ? loanPrice : oracle_.value()) * 1e12;
    }

    function markets(address) external pure returns (bool, uint256) {
        return (true, 0.8e18);
    }

    function getAssetsIn(address) external view returns (address[] memory entered) {
        entered = new address[](2);
        entered[0] = address(this);
        entered[1] = address(postedMarket);
    }

    function getAccountSnapshot(address account) external view returns (uint256, uint256, uint256, uint256) {
        return (0, 0, debts[account], 1e18);
    }

    function postedOf(address account) external view returns (uint256, uint256) {
        return (deposits[account], owedElsewhere);
    }

    function actionPaused(address, uint8 action) external view returns (bool) {
        return stopped && action == 1;
    }

    function getCash() external view returns (uint256) {
        return idle();
    }

    function totalBorrows() external view returns (uint256) {
        return owed;
    }
}

/// The market of the collateral.
contract PostedCTokenStandIn {
    CTokenStandIn private immutable book = CTokenStandIn(msg.sender);
    address public immutable underlying;

    constructor(address underlying_) {
        underlying = underlying_;
    }

    function getAccountSnapshot(address account) external view returns (uint256, uint256, uint256, uint256) {
        (uint256 deposited, uint256 owed) = book.postedOf(account);
        return (0, deposited, owed, 1e18);
    }
}

/// A Morpho Vault V2 with one adapter, whose inner vault pays out what it is told to.
contract VaultV2StandIn {
    BookToken public immutable asset;
    address public curator = address(0xC0);
    address public owner = address(0x0B);
    address public liquidityAdapter;
    uint256 public allocated;
    uint256 public free;
    uint256 public constant maxWithdrawOfHolders = 0;

    constructor(BookToken asset_) {
        asset = asset_;
        liquidityAdapter = address(this);
    }

    function set(uint256 allocated_, uint256 free_) external {
        allocated = allocated_;
        free = free_;
    }

    function appoint(address curator_, address adapter) external {
        curator = curator_;
        liquidityAdapter = adapter;
    }

    function totalAssets() external view returns (uint256) {
        return asset.balanceOf(address(this)) + allocated;
    }

    function adaptersLength() external pure returns (uint256) {
        return 1;
    }

    function adapters(uint256) external view returns (address) {
        return address(this);
    }

    function allocation(bytes32 id) external view returns (uint256) {
        return id == keccak256(abi.encode("this", address(this))) ? allocated : 0;
    }

    function absoluteCap(bytes32) external pure returns (uint256) {
        return 5_000_000e6;
    }

    function forceDeallocatePenalty(address) external pure returns (uint256) {
        return 0.02e18;
    }

    function morphoVaultV1() external view returns (address) {
        return address(this);
    }

    function maxWithdraw(address) external view returns (uint256) {
        return free;
    }
}

interface Morpho {
    struct MarketParams {
        address loanToken;
        address collateralToken;
        address oracle;
        address irm;
        uint256 lltv;
    }

    function supply(MarketParams memory params, uint256 assets, uint256 shares, address onBehalf, bytes memory data)
        external
        returns (uint256, uint256);
    function idToMarketParams(bytes32 id) external view returns (MarketParams memory);
    function market(bytes32 id) external view returns (uint128, uint128, uint128, uint128, uint128, uint128);
    function position(bytes32 id, address account) external view returns (uint256, uint128, uint128);
}

/// A MetaMorpho vault that lends into the real Morpho Blue; its assets are what its shares of the markets are worth there.
contract MetaMorphoStandIn {
    Morpho public immutable MORPHO;
    BookToken public immutable asset;
    bytes32[] public withdrawQueue;
    address public curator = address(0xC0);
    address public owner = address(0x0B);
    address public guardian = address(0x60);
    uint256 public timelock = 86_400;
    uint96 public fee = 0.1e18;
    uint184 private cap = 2_000_000e6;

    constructor(Morpho morpho, BookToken asset_) {
        MORPHO = morpho;
        asset = asset_;
        asset_.approve(address(morpho), type(uint256).max);
    }

    function allocate(bytes32 id, uint256 amount) external {
        withdrawQueue.push(id);
        MORPHO.supply(MORPHO.idToMarketParams(id), amount, 0, address(this), "");
    }

    function totalAssets() external view returns (uint256 total) {
        total = asset.balanceOf(address(this));
        for (uint256 i = 0; i < withdrawQueue.length; i++) {
            (uint256 assets, uint256 shares, , , , ) = MORPHO.market(withdrawQueue[i]);
            (uint256 held, , ) = MORPHO.position(withdrawQueue[i], address(this));
            total += held * (assets + 1) / (shares + 1e6);
        }
    }

    function setTimelock(uint256 seconds_) external {
        timelock = seconds_;
    }

    function setCap(uint184 cap_) external {
        cap = cap_;
    }

    function withdrawQueueLength() external view returns (uint256) {
        return withdrawQueue.length;
    }

    function config(bytes32) external view returns (uint184, bool, uint64) {
        return (cap, true, 0);
    }
}

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
